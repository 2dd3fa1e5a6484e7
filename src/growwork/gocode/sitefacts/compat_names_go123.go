//go:build go1.23

package main

// packageClosure is what the compiler calls closures of package-level initialisers.
const packageClosure = "init.func"
