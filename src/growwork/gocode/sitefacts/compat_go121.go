//go:build !go1.22

package main

import "go/types"

// unalias does nothing: before Go 1.22 go/types resolved aliases by itself.
func unalias(t types.Type) types.Type { return t }
