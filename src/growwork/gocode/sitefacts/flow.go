package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// value returns the node of the values an expression can have, 0 when none leads to a map.
// Visiting the expression itself adds what flows into it.
func (w *walker) value(e ast.Expr) node {
	switch e := e.(type) {
	case nil:
		return 0
	case *ast.ParenExpr:
		return w.value(e.X)
	case *ast.Ident:
		return w.object(w.info.ObjectOf(e))
	case *ast.StarExpr:
		return w.value(e.X)
	case *ast.SliceExpr:
		return w.value(e.X)
	}
	if !w.graph.facts.carriesMaps(w.info.TypeOf(e)) {
		return 0
	}
	if n, ok := w.values[e]; ok {
		return n
	}
	n := w.compute(e)
	w.values[e] = n
	return n
}

// compute is value for the expressions whose node is remembered.
func (w *walker) compute(e ast.Expr) node {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return w.selected(e)
	case *ast.IndexExpr:
		if tv := w.info.Types[e.X]; tv.IsType() || isSignature(tv.Type) {
			return w.value(e.X) // an instantiation
		}
		return w.graph.elem(w.value(e.X))
	case *ast.IndexListExpr:
		return w.value(e.X)
	case *ast.UnaryExpr:
		switch e.Op {
		case token.AND:
			return w.value(e.X)
		case token.ARROW:
			return w.graph.elem(w.value(e.X))
		}
	case *ast.TypeAssertExpr:
		if n := w.value(e.X); n != 0 {
			return n
		}
		return w.graph.unknown("the value of a type assertion")
	case *ast.CallExpr:
		if w.info.Types[unparen(e.Fun)].IsType() && len(e.Args) == 1 {
			return w.value(e.Args[0])
		}
		if w.isCreation(e) {
			return w.graph.at(nodeKey{pos: e.Pos(), kind: siteNode})
		}
		if results := w.callResults(e); len(results) == 1 {
			return results[0]
		}
	case *ast.CompositeLit:
		if coreMap(deref(w.info.TypeOf(e))) != nil {
			return w.graph.at(nodeKey{pos: e.Pos(), kind: siteNode})
		}
		return w.graph.fresh()
	case *ast.FuncLit:
		signature, _ := w.info.TypeOf(e).(*types.Signature)
		return w.prog.functionValue(w.prog.literal(e.Pos(), signature), e.Pos())
	}
	return 0
}

func isSignature(t types.Type) bool {
	_, ok := core(t).(*types.Signature)
	return ok
}

func deref(t types.Type) types.Type {
	if pointer, ok := core(t).(*types.Pointer); ok {
		return pointer.Elem()
	}
	return t
}

// object returns the node of what an identifier means.
func (w *walker) object(obj types.Object) node {
	switch obj := obj.(type) {
	case *types.Var:
		return w.graph.variable(obj)
	case *types.Func:
		if !w.prog.isTarget(obj) || !w.graph.facts.carriesMaps(obj.Type()) {
			return 0
		}
		return w.prog.functionValue(w.prog.declared(obj), obj.Origin().Pos())
	}
	return 0
}

// selected returns the node of x.f: a field, a qualified variable or a method value.
func (w *walker) selected(e *ast.SelectorExpr) node {
	selection := w.info.Selections[e]
	if selection == nil {
		return w.object(w.info.Uses[e.Sel])
	}
	if selection.Kind() == types.MethodExpr {
		return 0 // its receiver is a parameter: no node has that shape
	}
	if method, ok := selection.Obj().(*types.Func); ok {
		if w.prog.isTarget(method) {
			w.graph.flow(w.prog.declared(method).receiver, w.receiver(e, selection))
		}
	}
	return w.object(selection.Obj())
}

// receiver returns the node of the value that a method is called on. A promoted method is
// called on the embedded field that has it.
func (w *walker) receiver(e *ast.SelectorExpr, selection *types.Selection) node {
	path := selection.Index()
	if len(path) == 1 {
		return w.value(e.X)
	}
	t := selection.Recv()
	var field *types.Var
	for _, index := range path[:len(path)-1] {
		record, ok := core(deref(t)).(*types.Struct)
		if !ok {
			return 0
		}
		field = record.Field(index)
		t = field.Type()
	}
	return w.graph.variable(field)
}

// visitAssign adds what flows in an assignment or a short variable declaration.
func (w *walker) visitAssign(n *ast.AssignStmt) {
	if n.Tok == token.ASSIGN || n.Tok == token.DEFINE {
		w.assign(n.Lhs, n.Rhs)
	}
}

func (w *walker) visitValueSpec(n *ast.ValueSpec) {
	names := make([]ast.Expr, len(n.Names))
	for i, name := range n.Names {
		names[i] = name
	}
	w.assign(names, n.Values)
}

// assign handles `a, b = x, y`, `a, b = f()` and the comma-ok forms.
func (w *walker) assign(to, from []ast.Expr) {
	switch {
	case len(to) == len(from):
		for i := range to {
			w.graph.flow(w.value(to[i]), w.value(from[i]))
		}
	case len(from) == 1:
		if call, ok := unparen(from[0]).(*ast.CallExpr); ok {
			for i, result := range w.callResults(call) {
				if i < len(to) {
					w.graph.flow(w.value(to[i]), result)
				}
			}
			return
		}
		if first := w.value(to[0]); first != 0 {
			w.graph.flow(first, w.commaOK(from[0]))
		}
	}
}

// commaOK returns the node of the first value of `v, ok := …`; go/types gives such an
// expression a tuple type, which value would not look into.
func (w *walker) commaOK(e ast.Expr) node {
	e = unparen(e)
	if n, ok := w.values[e]; ok {
		return n
	}
	n := w.compute(e)
	w.values[e] = n
	return n
}

// visitRange adds what flows into the variables of a range clause.
func (w *walker) visitRange(n *ast.RangeStmt) {
	switch core(w.info.TypeOf(n.X)).(type) {
	case *types.Signature:
		for _, variable := range []ast.Expr{n.Key, n.Value} {
			if v := w.value(variable); v != 0 {
				w.graph.addReason(v, "the value of an iterator")
			}
		}
	case *types.Chan:
		w.graph.flow(w.value(n.Key), w.graph.elem(w.value(n.X)))
	default:
		w.graph.flow(w.value(n.Value), w.graph.elem(w.value(n.X)))
		if n.Tok == token.ASSIGN {
			w.growIndex(n.Key, "assign")
			w.growIndex(n.Value, "assign")
		}
	}
}

// visitReturn passes returned values to the results of the function.
func (w *walker) visitReturn(n *ast.ReturnStmt) {
	s := w.scope()
	if s == nil || s.fn == nil {
		return
	}
	if len(n.Results) == 1 && len(s.fn.results) > 1 {
		if call, ok := unparen(n.Results[0]).(*ast.CallExpr); ok {
			for i, result := range w.callResults(call) {
				if i < len(s.fn.results) {
					w.graph.flow(s.fn.results[i], result)
				}
			}
		}
		return
	}
	for i, result := range n.Results {
		if i < len(s.fn.results) {
			w.graph.flow(s.fn.results[i], w.value(result))
		}
	}
}

// visitTypeSwitch passes the switched value to the variable of each clause. All clauses declare
// their variable at one position, so they share a node.
func (w *walker) visitTypeSwitch(n *ast.TypeSwitchStmt) {
	assign, ok := n.Assign.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return
	}
	assertion, ok := unparen(assign.Rhs[0]).(*ast.TypeAssertExpr)
	if !ok {
		return
	}
	for _, clause := range n.Body.List {
		v, _ := w.info.Implicits[clause].(*types.Var)
		to := w.graph.variable(v)
		if to == 0 {
			continue
		}
		if from := w.value(assertion.X); from != 0 {
			w.graph.flow(to, from)
		} else {
			w.graph.addReason(to, "the value of a type switch")
		}
	}
}

// visitLiteral adds what flows into the fields or elements of a composite literal, and notes a
// creation site when it makes a map.
func (w *walker) visitLiteral(lit *ast.CompositeLit) {
	t := deref(w.info.TypeOf(lit))
	if record, ok := core(t).(*types.Struct); ok {
		for i, element := range lit.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); ok {
					w.graph.flow(w.object(w.info.Uses[key]), w.value(pair.Value))
				}
			} else if i < record.NumFields() {
				w.graph.flow(w.graph.variable(record.Field(i)), w.value(element))
			}
		}
		return
	}
	if coreMap(t) != nil {
		w.addLiteralSite(lit, t)
	}
	container := w.value(lit)
	if container == 0 || !w.graph.facts.carriesMaps(mapContents(t)) {
		return
	}
	for _, element := range lit.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			element = pair.Value
		}
		w.graph.flow(w.graph.elem(container), w.value(element))
	}
}
