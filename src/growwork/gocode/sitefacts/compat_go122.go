//go:build go1.22

package main

import "go/types"

// unalias strips the alias nodes that go/types has had since Go 1.22.
func unalias(t types.Type) types.Type { return types.Unalias(t) }
