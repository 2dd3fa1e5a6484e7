package probe

import _ "unsafe" // for go:linkname

// nanotime is the runtime's monotonic clock, the one that stamps the execution trace.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64
