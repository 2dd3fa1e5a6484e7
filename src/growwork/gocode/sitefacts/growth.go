package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// mapUse is a line that can grow a map, or one that removes keys from it.
type mapUse struct {
	pos       token.Pos // where the compiler places it
	operation string
	function  string
	file      *fileFacts
	owner     node // the map
	mapType   types.Type
}

// visitGrowingAssign notes `m[k] = v`, `m[k] += v` and their likes.
func (w *walker) visitGrowingAssign(n *ast.AssignStmt) {
	operation := "op-assign"
	switch n.Tok {
	case token.DEFINE:
		return
	case token.ASSIGN:
		operation = "assign"
	}
	for _, left := range n.Lhs {
		w.growIndex(left, operation)
	}
}

// growIndex notes a growth line when e is an index into a map. The compiler gives an insertion
// the line of the bracket: `m[` of an assignment over several lines.
func (w *walker) growIndex(e ast.Expr, operation string) {
	if e == nil {
		return
	}
	index, ok := unparen(e).(*ast.IndexExpr)
	if !ok || coreMap(w.info.TypeOf(index.X)) == nil {
		return
	}
	w.prog.growth = append(w.prog.growth, w.use(index.Lbrack, index.X, operation))
}

func (w *walker) use(pos token.Pos, m ast.Expr, operation string) *mapUse {
	return &mapUse{
		pos:       pos,
		operation: operation,
		function:  w.function(),
		file:      w.file,
		owner:     w.value(m),
		mapType:   w.info.TypeOf(m),
	}
}

// visitMapCall notes the calls that insert or remove keys.
func (w *walker) visitMapCall(call *ast.CallExpr) {
	if len(call.Args) == 0 || coreMap(w.info.TypeOf(call.Args[0])) == nil {
		return
	}
	m := call.Args[0]
	switch w.builtin(call) {
	case "delete", "clear":
		w.prog.deletes = append(w.prog.deletes, w.use(call.Pos(), m, w.builtin(call)))
		return
	}
	switch name := w.mapsFunction(call); name {
	case "Copy", "Insert":
		w.prog.growth = append(w.prog.growth, w.use(call.Pos(), m, "maps."+name))
		if to := w.value(m); name == "Copy" && to != 0 && len(call.Args) == 2 {
			if from := w.value(call.Args[1]); from != 0 {
				w.graph.flow(w.graph.elem(to), w.graph.elem(from))
			}
		}
	case "DeleteFunc":
		w.prog.deletes = append(w.prog.deletes, w.use(call.Pos(), m, "maps.DeleteFunc"))
	case "Clear":
		w.prog.deletes = append(w.prog.deletes, w.use(call.Pos(), m, "clear"))
	}
}
