package probe

import _ "unsafe" // for go:linkname

// nanotime is the runtime's monotonic clock, the one that stamps the execution trace. It has no
// body and the package no assembly file: the assembler would run in the package's folder, which
// exists in the overlay only.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64
