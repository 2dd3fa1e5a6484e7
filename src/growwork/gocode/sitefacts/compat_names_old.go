//go:build !go1.23

package main

// packageClosure is what the compiler called closures of package-level initialisers.
const packageClosure = "glob..func"
