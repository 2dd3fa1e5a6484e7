package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
)

// walker collects the facts of one package.
type walker struct {
	prog   *program
	graph  *graph
	pkg    *listedPackage
	types  *types.Package
	info   *types.Info
	file   *fileFacts
	source []byte
	handle *token.File

	ancestors []ast.Node
	scopes    []*scope
	pushed    []bool // whether the ancestor of the same depth opened a scope
	values    map[ast.Expr]node
	results   map[*ast.CallExpr][]node
	shared    map[types.Object]bool // variables that others may change: see shareVariables
	closures  int                   // function literals in package-level initialisers
	inits     int                   // functions named init
}

// walkPackage collects the facts of every file that was not walked before; the variant of a
// package made for tests brings only its _test.go files.
func (p *program) walkPackage(pkg *listedPackage, path string, tpkg *types.Package, info *types.Info) {
	w := &walker{
		prog:    p,
		graph:   p.graph,
		pkg:     pkg,
		types:   tpkg,
		info:    info,
		values:  map[ast.Expr]node{},
		results: map[*ast.CallExpr][]node{},
	}
	p.noteTypes(tpkg)
	for _, file := range pkg.files {
		if file.syntax == nil || p.seen[file.name] {
			continue
		}
		p.seen[file.name] = true
		w.source = file.source
		w.handle = p.fset.File(file.syntax.Pos())
		w.file = newFileFacts(p, pkg, path, file, w.handle)
		p.files = append(p.files, w.file)
		w.shared = shareVariables(info, file.syntax)
		ast.Inspect(file.syntax, w.step)
		if filepath.Ext(file.name) == ".go" {
			file.source = nil
		}
	}
}

// step is called by ast.Inspect before the children of a node, and with nil after them.
func (w *walker) step(n ast.Node) bool {
	if n == nil {
		last := len(w.ancestors) - 1
		if w.pushed[last] {
			w.scopes = w.scopes[:len(w.scopes)-1]
		}
		w.ancestors, w.pushed = w.ancestors[:last], w.pushed[:last]
		return true
	}
	opened := w.openScope(n)
	if opened != nil {
		w.scopes = append(w.scopes, opened)
	}
	w.visit(n)
	w.ancestors, w.pushed = append(w.ancestors, n), append(w.pushed, opened != nil)
	return true
}

// scope returns the function being walked, nil outside of functions.
func (w *walker) scope() *scope {
	if len(w.scopes) == 0 {
		return nil
	}
	return w.scopes[len(w.scopes)-1]
}

// function returns the runtime's name of the function being walked.
func (w *walker) function() string {
	if s := w.scope(); s != nil {
		return s.name
	}
	return symbolPrefix(w.types) + ".init"
}

// openScope returns the scope that a node opens, nil for most.
func (w *walker) openScope(n ast.Node) *scope {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if obj, ok := w.info.Defs[n.Name].(*types.Func); ok {
			return &scope{name: w.declaredName(obj), fn: w.prog.declared(obj)}
		}
	case *ast.FuncLit:
		return w.literalScope(n)
	case *ast.BlockStmt:
		if loop, ok := w.parent(0).(*ast.RangeStmt); ok && loop.Body == n && w.scope() != nil {
			if _, ok := core(w.info.TypeOf(loop.X)).(*types.Signature); ok {
				return w.scope().rangeBody()
			}
		}
	}
	return nil
}

// declaredName numbers the init functions of a package as the compiler does.
func (w *walker) declaredName(obj *types.Func) string {
	name := runtimeName(obj)
	if obj.Name() == "init" && obj.Type().(*types.Signature).Recv() == nil {
		name += "." + itoa(w.inits)
		w.inits++
	}
	return name
}

func (w *walker) literalScope(lit *ast.FuncLit) *scope {
	var name string
	if outer := w.scope(); outer != nil {
		name = outer.closureName()
	} else {
		w.closures++
		name = symbolPrefix(w.types) + "." + packageClosure + itoa(w.closures)
	}
	signature, _ := w.info.TypeOf(lit).(*types.Signature)
	fn := w.prog.literal(lit.Pos(), signature)
	fn.name = name
	return &scope{name: name, fn: fn, literal: true}
}

// parent returns the i-th ancestor of the node being visited, 0 for the nearest.
func (w *walker) parent(i int) ast.Node {
	if i >= len(w.ancestors) {
		return nil
	}
	return w.ancestors[len(w.ancestors)-1-i]
}

// outer returns the nearest ancestor that is no parenthesis, and the child it has there.
func (w *walker) outer(child ast.Node) (parent, inner ast.Node) {
	inner = child
	for i := 0; ; i++ {
		parent = w.parent(i)
		if _, ok := parent.(*ast.ParenExpr); !ok {
			return parent, inner
		}
		inner = parent
	}
}

// visit dispatches one node to what it may mean.
func (w *walker) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.CallExpr:
		w.visitCreation(n)
		w.visitCall(n)
		w.visitMapCall(n)
	case *ast.CompositeLit:
		w.visitLiteral(n)
	case *ast.AssignStmt:
		w.visitAssign(n)
		w.visitGrowingAssign(n)
	case *ast.IncDecStmt:
		w.growIndex(n.X, "inc-dec")
	case *ast.ValueSpec:
		w.visitValueSpec(n)
	case *ast.RangeStmt:
		w.visitRange(n)
	case *ast.ReturnStmt:
		w.visitReturn(n)
	case *ast.SendStmt:
		w.graph.flow(w.graph.elem(w.value(n.Chan)), w.value(n.Value))
	case *ast.TypeSwitchStmt:
		w.visitTypeSwitch(n)
	case *ast.BlockStmt:
		w.visitFills(n.List)
	case *ast.CaseClause:
		w.visitFills(n.Body)
	case *ast.CommClause:
		w.visitFills(n.Body)
	}
}

func unparen(e ast.Expr) ast.Expr {
	for {
		paren, ok := e.(*ast.ParenExpr)
		if !ok {
			return e
		}
		e = paren.X
	}
}
