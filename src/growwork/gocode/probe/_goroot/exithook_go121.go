//go:build !go1.23

package probe

import _ "unsafe" // for go:linkname

//go:linkname addExitHook runtime.addExitHook
func addExitHook(hook func(), runOnNonZeroExit bool)

// onExit runs hook when main returns or os.Exit is called, whatever the exit code.
var onExit = func(hook func()) { addExitHook(hook, true) }
