package main

import (
	"fmt"
	"go/types"
	"strings"
)

// runtimeName returns the name of a function as the runtime spells it in stacks and profiles:
// `example.com/shop.(*Cart).Add`, generic functions as `pkg.Fill[...]`.
func runtimeName(fn *types.Func) string {
	name := fn.Name()
	signature := fn.Type().(*types.Signature)
	if signature.TypeParams() != nil {
		name += "[...]"
	}
	if receiver := signature.Recv(); receiver != nil {
		name = receiverName(receiver.Type()) + "." + name
	}
	return symbolPrefix(fn.Pkg()) + "." + name
}

func receiverName(t types.Type) string {
	pointer, isPointer := unalias(t).(*types.Pointer)
	if isPointer {
		t = pointer.Elem()
	}
	name := types.TypeString(t, func(*types.Package) string { return "" })
	if named, ok := unalias(t).(*types.Named); ok {
		name = named.Obj().Name()
		if named.TypeParams() != nil {
			name += "[...]"
		}
	}
	if isPointer {
		return "(*" + name + ")"
	}
	return name
}

// symbolPrefix returns the package part of a symbol. The linker escapes dots in the last
// element of an import path, and calls every main package `main` (cmd/internal/objabi).
func symbolPrefix(pkg *types.Package) string {
	if pkg == nil {
		return ""
	}
	if pkg.Name() == "main" {
		return "main"
	}
	path := pkg.Path()
	slash := strings.LastIndexByte(path, '/')
	var escaped strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c <= ' ' || c == '.' && i > slash || c == '%' || c == '"' || c >= 0x7F {
			fmt.Fprintf(&escaped, "%%%02x", c)
		} else {
			escaped.WriteByte(c)
		}
	}
	return escaped.String()
}

// scope is a function whose body is being walked.
type scope struct {
	name     string
	fn       *function // nil in package-level initialisers
	literal  bool
	closures int
	ranges   int
	outer    *scope // the body of a range over a function counts in the function around it
}

// closureName returns the compiler's name for the next function literal in this scope: `F.func1`
// in a function, `F.func1.1` in a literal (cmd/compile/internal/ir, closureName).
func (s *scope) closureName() string {
	for s.outer != nil {
		s = s.outer
	}
	s.closures++
	if s.literal {
		return fmt.Sprintf("%s.%d", s.name, s.closures)
	}
	return fmt.Sprintf("%s.func%d", s.name, s.closures)
}

// rangeBody returns the scope of the next body of a range over a function, which the compiler
// makes a function of its own: `F-range1`.
func (s *scope) rangeBody() *scope {
	counting := s
	for counting.outer != nil {
		counting = counting.outer
	}
	counting.ranges++
	name := fmt.Sprintf("%s-range%d", counting.name, counting.ranges)
	return &scope{name: name, fn: s.fn, literal: counting.literal, outer: counting}
}
