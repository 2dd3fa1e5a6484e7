//go:build !go1.23

package main

import "time"

// coroutines: iter.Pull came with Go 1.23.
func coroutines(int) { time.Sleep(time.Millisecond) }
