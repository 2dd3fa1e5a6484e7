//go:build !cgo

package main

import "time"

func callbacks(time.Duration) { panic("built without cgo") }
