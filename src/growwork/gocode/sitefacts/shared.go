package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// shareVariables finds the variables that may change behind the back of the function that
// declares them: those whose address is taken, also by calling a pointer method, and those that
// a function literal assigns to.
func shareVariables(info *types.Info, file *ast.File) map[types.Object]bool {
	shared := map[types.Object]bool{}
	var literals []*ast.FuncLit
	assigned := func(e ast.Expr) {
		obj := rootObject(info, e)
		if obj == nil {
			return
		}
		for _, lit := range literals {
			if lit.Pos() <= e.Pos() && e.End() <= lit.End() && (obj.Pos() < lit.Pos() || obj.Pos() > lit.End()) {
				shared[obj] = true
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			literals = append(literals, n)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				markRoot(info, n.X, shared)
			}
		case *ast.SelectorExpr:
			if selection := info.Selections[n]; selection != nil && selection.Kind() == types.MethodVal {
				if takesAddress(selection) {
					markRoot(info, n.X, shared)
				}
			}
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				assigned(e)
			}
		case *ast.IncDecStmt:
			assigned(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				assigned(n.Key)
				assigned(n.Value)
			}
		}
		return true
	})
	return shared
}

// takesAddress reports whether a method call takes the address of what it is called on.
func takesAddress(selection *types.Selection) bool {
	method, ok := selection.Obj().(*types.Func)
	if !ok {
		return false
	}
	receiver := method.Type().(*types.Signature).Recv()
	if receiver == nil {
		return false
	}
	_, wantsPointer := unalias(receiver.Type()).(*types.Pointer)
	_, hasPointer := core(selection.Recv()).(*types.Pointer)
	return wantsPointer && !hasPointer
}

func markRoot(info *types.Info, e ast.Expr, shared map[types.Object]bool) {
	if obj := rootObject(info, e); obj != nil {
		shared[obj] = true
	}
}

// rootObject returns the variable that an operand starts with: x of `x.f[i]`.
func rootObject(info *types.Info, e ast.Expr) types.Object {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok {
				if _, isPackage := info.Uses[id].(*types.PkgName); isPackage {
					return info.Uses[x.Sel]
				}
			}
			e = x.X
		case *ast.Ident:
			return info.ObjectOf(x)
		default:
			return nil
		}
	}
}
