package main

import (
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/token"
	"path"
	"path/filepath"
	"strings"
)

// fileFacts is what is kept of a source file.
type fileFacts struct {
	path       string // relative to the root; absolute when outside
	sha256     string
	absolute   string
	trimmed    string // under -trimpath
	generated  bool
	pkg        string
	packageEnd int // offset after the package name; -1: no import may be added
	handle     *token.File
}

func newFileFacts(p *program, pkg *listedPackage, importPath string, file *parsedFile, handle *token.File) *fileFacts {
	sum := sha256.Sum256(file.source)
	facts := &fileFacts{
		path:       relativePath(p.root, file.name),
		sha256:     hex.EncodeToString(sum[:]),
		absolute:   file.name,
		trimmed:    path.Join(importPath, filepath.Base(file.name)),
		generated:  ast.IsGenerated(file.syntax),
		pkg:        importPath,
		packageEnd: -1,
		handle:     handle,
	}
	// The injected import names a package of the standard library with a generic function for
	// any map: not within the library itself, and not below language version 1.20, where
	// interface types did not satisfy comparable. cgo rewrites files.
	if !facts.generated && !file.cgo && !importsC(file.syntax) && !pkg.Standard && hasComparable(pkg.Module) {
		facts.packageEnd = handle.Offset(file.syntax.Name.End())
	}
	return facts
}

func importsC(file *ast.File) bool {
	for _, spec := range file.Imports {
		if spec.Path.Value == `"C"` {
			return true
		}
	}
	return false
}

// hasComparable reports whether a module's language version is 1.20 or newer; without a go line
// it is 1.16.
func hasComparable(module *listedModule) bool {
	if module == nil {
		return true // files named on the command line
	}
	major, rest, _ := strings.Cut(module.GoVersion, ".")
	minor, _, _ := strings.Cut(rest, ".")
	number := 0
	for _, digit := range minor {
		if digit < '0' || digit > '9' {
			break
		}
		number = number*10 + int(digit-'0')
	}
	return major == "1" && number >= 20
}

// relativePath returns a slash-separated path below root, or the absolute path when name is
// elsewhere.
func relativePath(root, name string) string {
	relative, err := filepath.Rel(root, name)
	if err != nil || root == "" || strings.HasPrefix(relative, "..") {
		return filepath.ToSlash(name)
	}
	return filepath.ToSlash(relative)
}
