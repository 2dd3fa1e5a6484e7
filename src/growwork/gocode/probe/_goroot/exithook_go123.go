//go:build go1.23

package probe

import "internal/runtime/exithook"

// onExit runs hook when main returns or os.Exit is called, whatever the exit code.
var onExit = func(hook func()) { exithook.Add(exithook.Hook{F: hook, RunOnFailure: true}) }
