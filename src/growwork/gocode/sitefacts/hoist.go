package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// The rules that make a bound written at the site equal to the bound at the loop.

// outOfScope names an identifier of the bound that means something else, or nothing, where the
// map is made.
func (b *bounder) outOfScope(bound ast.Expr) (fault string) {
	ast.Inspect(bound, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if inner := b.outOfScope(n.X); inner != "" {
				fault = inner
			}
			return false
		case *ast.Ident:
			if obj := b.w.info.ObjectOf(n); obj == nil || b.w.lookup(n.Name, b.site.expr.Pos()) != obj {
				fault = n.Name + " is not in scope where the map is made"
			}
		}
		return true
	})
	return fault
}

// operandFault applies the rules that make a hoisted bound equal to the one at the loop.
func (b *bounder) operandFault(loop ast.Stmt, operand ast.Expr) string {
	plain, fault := b.pure(operand)
	if fault != "" {
		return fault
	}
	refs := b.references(operand)
	for _, ref := range refs {
		if ref.equal(b.site.ref) {
			return "the bound is made of the map itself"
		}
	}
	stretch := append([]ast.Stmt{b.at}, b.between...)
	checked := stretch
	if counted, ok := loop.(*ast.ForStmt); ok {
		checked = append(checked[:len(checked):len(checked)], counted.Body)
	}
	for _, stmt := range checked {
		for _, ref := range refs {
			if b.changes(stmt, ref) {
				return "the bound changes after the map is made"
			}
		}
	}
	if plain {
		return ""
	}
	for _, stmt := range stretch {
		if b.disturbs(stmt) {
			return "between the map and the loop a call, a jump or a channel operation can change or guard the bound"
		}
	}
	return ""
}

// pure returns a fault when an expression cannot be evaluated earlier. It is plain when nothing
// but the function itself can change it: local variables whose address is not taken, of a type
// that is no reference, and constants.
func (b *bounder) pure(e ast.Expr) (plain bool, fault string) {
	if b.w.info.Types[e].Value != nil {
		return true, ""
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return b.pure(e.X)
	case *ast.Ident:
		v, ok := b.w.info.ObjectOf(e).(*types.Var)
		if !ok {
			return false, "the bound is no variable"
		}
		return b.isPlain(v), ""
	case *ast.SelectorExpr:
		if b.w.info.Selections[e] == nil {
			return false, ""
		}
		_, fault = b.pure(e.X)
		return false, fault
	case *ast.IndexExpr:
		_, fault = b.pure(e.X)
		if _, isName := unparen(e.Index).(*ast.Ident); !isName && b.w.info.Types[e.Index].Value == nil && fault == "" {
			fault = "the bound has a computed index"
		}
		return false, fault
	case *ast.BinaryExpr:
		if e.Op != token.ADD && e.Op != token.SUB && e.Op != token.MUL {
			return false, "the bound has an operation that can fail"
		}
		left, fault := b.pure(e.X)
		if fault != "" {
			return false, fault
		}
		right, fault := b.pure(e.Y)
		return left && right, fault
	case *ast.CallExpr:
		name := b.w.builtin(e)
		if len(e.Args) == 1 && (name == "len" || name == "cap" || b.w.info.Types[unparen(e.Fun)].IsType()) {
			return b.pure(e.Args[0])
		}
		return false, "the bound has a call"
	case *ast.StarExpr:
		return false, "the bound follows a pointer"
	}
	return false, "the bound is not a plain variable or field"
}

// isPlain reports whether a variable is a local one that only its function can change. The
// length of a map can change through other names, so a map is never plain.
func (b *bounder) isPlain(v *types.Var) bool {
	if v.IsField() || b.w.shared[v] || v.Pkg() == nil || v.Parent() == v.Pkg().Scope() {
		return false
	}
	switch core(v.Type()).(type) {
	case *types.Map, *types.Chan, *types.Pointer, *types.Interface:
		return false
	}
	return true
}

// references lists the variables and fields that an expression reads.
func (b *bounder) references(e ast.Expr) (refs []reference) {
	ast.Inspect(e, func(n ast.Node) bool {
		expr, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if ref, ok := referenceTo(b.w.info, expr); ok {
			if _, isVar := ref.root.(*types.Var); isVar {
				refs = append(refs, ref)
			}
			return false
		}
		return true
	})
	return refs
}

// changes reports whether a statement assigns to what a reference names, to a part of it or to
// something it is part of, or removes keys from it.
func (b *bounder) changes(stmt ast.Stmt, ref reference) (found bool) {
	ast.Inspect(stmt, func(n ast.Node) bool {
		targets := assignedBy(n)
		if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
			switch b.w.builtin(call) {
			case "delete", "clear":
				targets = call.Args[:1]
			}
		}
		for _, target := range targets {
			found = found || b.overlaps(target, ref)
		}
		return !found
	})
	return found
}

func (b *bounder) overlaps(target ast.Expr, ref reference) bool {
	for {
		index, ok := unparen(target).(*ast.IndexExpr)
		if !ok {
			break
		}
		target = index.X
	}
	other, ok := referenceTo(b.w.info, target)
	if !ok {
		return rootObject(b.w.info, target) == ref.root
	}
	if other.root != ref.root {
		return false
	}
	for i := 0; i < len(other.path) && i < len(ref.path); i++ {
		if other.path[i] != ref.path[i] {
			return false
		}
	}
	return true
}

// disturbs reports whether a statement can run other code or leave the block.
func (b *bounder) disturbs(stmt ast.Stmt) (found bool) {
	if jumps(stmt) {
		return true
	}
	ast.Inspect(stmt, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = found || b.w.runsCode(n)
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.SendStmt, *ast.SelectStmt:
			found = true
		}
		return !found
	})
	return found
}
