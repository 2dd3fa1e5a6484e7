package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// The kinds of sites, as growwork names them.
const (
	kindMake         = "make"
	kindMakeSized    = "make-sized"
	kindLiteralEmpty = "literal-empty"
	kindLiteral      = "literal"
	kindClone        = "clone"
)

// site is a position where a map comes into being.
type site struct {
	pos, end  token.Pos
	line      token.Pos // where the compiler places the creation
	kind      string
	mapType   types.Type
	file      *fileFacts
	function  string
	pkg       *types.Package
	hint      ast.Expr // nil: none
	hintText  string
	hintValue constant.Value
	hintAt    int // byte offsets of the hint; -1: no edit is possible
	hintEnd   int
	inLoop    bool
	wrappable bool
	owner     string
}

// isCreation reports whether a call makes a map: make, maps.Clone or maps.Collect.
func (w *walker) isCreation(call *ast.CallExpr) bool {
	switch w.builtin(call) {
	case "make":
		return coreMap(w.info.TypeOf(call)) != nil
	case "":
		switch w.mapsFunction(call) {
		case "Clone", "Collect":
			return coreMap(w.info.TypeOf(call)) != nil
		}
	}
	return false
}

// visitCreation notes a site that is a call.
func (w *walker) visitCreation(call *ast.CallExpr) {
	if !w.isCreation(call) {
		return
	}
	s := w.newSite(call, w.info.TypeOf(call))
	s.line = call.Pos()
	s.wrappable = true
	if w.builtin(call) == "" {
		s.kind = kindClone
		s.hintAt, s.hintEnd = -1, -1
		if len(call.Args) == 1 {
			from := w.value(call.Args[0])
			if w.mapsFunction(call) == "Clone" && from != 0 {
				w.graph.flow(w.graph.elem(w.value(call)), w.graph.elem(from))
			}
		}
		return
	}
	s.kind = kindMake
	s.hintAt = w.offset(call.Args[0].End())
	s.hintEnd = s.hintAt
	if len(call.Args) > 1 {
		s.kind = kindMakeSized
		s.hint = call.Args[1]
		s.hintAt, s.hintEnd = w.offset(s.hint.Pos()), w.offset(s.hint.End())
		s.hintText = w.text(s.hint)
		s.hintValue = w.info.Types[s.hint].Value
	}
}

// addLiteralSite notes a site that is a composite literal. Its compiled line is that of the
// opening brace.
func (w *walker) addLiteralSite(lit *ast.CompositeLit, t types.Type) {
	s := w.newSite(lit, t)
	s.line = lit.Lbrace
	s.hintAt, s.hintEnd = -1, -1
	parent, _ := w.outer(lit)
	address, _ := parent.(*ast.UnaryExpr)
	s.wrappable = lit.Type != nil && (address == nil || address.Op != token.AND)
	if len(lit.Elts) > 0 {
		s.kind = kindLiteral
		return
	}
	s.kind = kindLiteralEmpty
	if s.wrappable && w.blank(lit.Lbrace+1, lit.Rbrace) && w.isUniverse("make", lit.Pos()) {
		s.hintAt = w.offset(lit.Lbrace)
		s.hintEnd = s.hintAt
	}
}

// newSite notes the site that an expression is, without its kind.
func (w *walker) newSite(e ast.Expr, t types.Type) *site {
	s := &site{
		pos:      e.Pos(),
		end:      e.End(),
		mapType:  t,
		file:     w.file,
		function: w.function(),
		pkg:      w.types,
		inLoop:   w.inLoop(),
		owner:    w.owner(e),
	}
	n := w.graph.at(nodeKey{pos: s.pos, kind: siteNode})
	w.graph.nodes[n].site = s
	w.prog.sites = append(w.prog.sites, s)
	return s
}

func (w *walker) offset(pos token.Pos) int { return w.handle.Offset(pos) }

// text returns the source of an expression.
func (w *walker) text(e ast.Expr) string {
	return string(w.source[w.offset(e.Pos()):w.offset(e.End())])
}

// blank reports whether there is only white space between two positions.
func (w *walker) blank(from, to token.Pos) bool {
	for _, c := range w.source[w.offset(from):w.offset(to)] {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

// isUniverse reports whether a predeclared name has its predeclared meaning at pos.
func (w *walker) isUniverse(name string, pos token.Pos) bool {
	return w.lookup(name, pos) == types.Universe.Lookup(name)
}

// lookup returns what a name means at pos, nil when it means nothing.
func (w *walker) lookup(name string, pos token.Pos) types.Object {
	scope := w.types.Scope().Innermost(pos)
	if scope == nil {
		return nil
	}
	_, obj := scope.LookupParent(name, pos)
	return obj
}

// inLoop reports whether the node being visited is repeated by a loop of its function.
func (w *walker) inLoop() bool {
	for i := range w.ancestors {
		switch n := w.parent(i).(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			if i > 0 && loopBody(n) == w.parent(i-1) {
				return true
			}
		}
	}
	return false
}

// loopBody returns the body of a loop, nil of any other node.
func loopBody(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.ForStmt:
		return n.Body
	case *ast.RangeStmt:
		return n.Body
	}
	return nil
}

// owner says what a new map is first kept in.
func (w *walker) owner(e ast.Expr) string {
	parent, child := w.outer(e)
	switch n := parent.(type) {
	case *ast.AssignStmt:
		for i, value := range n.Rhs {
			if value == child && len(n.Lhs) == len(n.Rhs) {
				return w.ownerOf(n.Lhs[i])
			}
		}
	case *ast.ValueSpec:
		for i, value := range n.Values {
			if value == child && i < len(n.Names) {
				return w.ownerOf(n.Names[i])
			}
		}
	case *ast.KeyValueExpr, *ast.CompositeLit:
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			lit, ok = w.literalAround(n)
		}
		if ok {
			if _, isStruct := core(deref(w.info.TypeOf(lit))).(*types.Struct); isStruct {
				return "field"
			}
			return "elem"
		}
	case *ast.ReturnStmt:
		return "result"
	case *ast.CallExpr:
		return "param"
	}
	return ""
}

// literalAround returns the composite literal that a key-value pair belongs to.
func (w *walker) literalAround(pair ast.Node) (*ast.CompositeLit, bool) {
	for i := range w.ancestors {
		if w.parent(i) == pair {
			lit, ok := w.parent(i + 1).(*ast.CompositeLit)
			return lit, ok
		}
	}
	return nil, false
}

func (w *walker) ownerOf(e ast.Expr) string {
	switch e := unparen(e).(type) {
	case *ast.Ident:
		return w.ownerOfVariable(w.info.ObjectOf(e))
	case *ast.SelectorExpr:
		if w.info.Selections[e] != nil {
			return "field"
		}
		return w.ownerOfVariable(w.info.Uses[e.Sel])
	case *ast.IndexExpr:
		return "elem"
	}
	return ""
}

func (w *walker) ownerOfVariable(obj types.Object) string {
	v, ok := obj.(*types.Var)
	switch {
	case !ok:
		return ""
	case v.Pkg() != nil && v.Parent() == v.Pkg().Scope():
		return "package var"
	case w.graph.isParameter(v):
		return "param"
	}
	return "local"
}

// isParameter reports whether a variable is a parameter or receiver of a walked function.
func (g *graph) isParameter(v *types.Var) bool {
	n := g.keys[nodeKey{pos: v.Origin().Pos()}]
	return n != 0 && g.nodes[n].param != nil
}
