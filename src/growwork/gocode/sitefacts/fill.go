package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// The tiers say how well a loop bounds the keys it inserts.
const (
	tierRangeKey    = "T1" // the key is the range key: exact
	tierDerived     = "T2" // the key derives from the element: an upper bound
	tierConditional = "T3" // only some iterations insert
	tierRead        = "T4" // the map is read in the loop: group-by, dedupe
	tierIndependent = "T5" // the key does not depend on the loop
)

// fill is a loop, or a maps.Copy, that fills the map of a site in the same block.
type fill struct {
	pos    token.Pos
	tier   string
	bound  string // Go expression valid at the site; empty: there is none
	whyNot string // empty: every condition of an automatic fix holds
}

// reference is how a statement names a map: a variable, or fields below one.
type reference struct {
	root types.Object
	path []types.Object
}

// referenceTo reads x, x.f, x.f.g; ok is false for anything else.
func referenceTo(info *types.Info, e ast.Expr) (ref reference, ok bool) {
	switch e := unparen(e).(type) {
	case *ast.Ident:
		ref.root = info.ObjectOf(e)
		return ref, ref.root != nil && e.Name != "_"
	case *ast.SelectorExpr:
		if info.Selections[e] == nil { // a variable of another package
			ref.root = info.Uses[e.Sel]
			return ref, ref.root != nil
		}
		ref, ok = referenceTo(info, e.X)
		ref.path = append(ref.path, info.Uses[e.Sel])
		return ref, ok
	case *ast.StarExpr:
		return referenceTo(info, e.X)
	}
	return ref, false
}

func (r reference) equal(other reference) bool {
	if r.root != other.root || len(r.path) != len(other.path) {
		return false
	}
	for i := range r.path {
		if r.path[i] != other.path[i] {
			return false
		}
	}
	return true
}

// named is a site that a statement gives a name.
type named struct {
	expr ast.Expr
	ref  reference
}

// visitFills looks for sites among the statements of a block, and for the loops that fill them
// later in the same block.
func (w *walker) visitFills(block []ast.Stmt) {
	for i, stmt := range block {
		for _, site := range w.namedSites(stmt) {
			w.fillsOf(site, stmt, block[i+1:])
		}
	}
}

// namedSites lists the unnested sites of a statement: `m := make(…)`, `var m = …`, `s.m = …`
// and the fields of `s := &T{m: make(…)}`.
func (w *walker) namedSites(stmt ast.Stmt) (sites []named) {
	switch stmt := stmt.(type) {
	case *ast.AssignStmt:
		if len(stmt.Lhs) == len(stmt.Rhs) {
			for i, left := range stmt.Lhs {
				if ref, ok := referenceTo(w.info, left); ok {
					sites = append(sites, w.sitesIn(stmt.Rhs[i], ref)...)
				}
			}
		}
	case *ast.DeclStmt:
		decl, ok := stmt.Decl.(*ast.GenDecl)
		for i := 0; ok && i < len(decl.Specs); i++ {
			spec, _ := decl.Specs[i].(*ast.ValueSpec)
			if spec == nil || len(spec.Names) != len(spec.Values) {
				continue
			}
			for j, name := range spec.Names {
				if ref, ok := referenceTo(w.info, name); ok {
					sites = append(sites, w.sitesIn(spec.Values[j], ref)...)
				}
			}
		}
	}
	return sites
}

func (w *walker) sitesIn(e ast.Expr, ref reference) (sites []named) {
	e = unparen(e)
	if address, ok := e.(*ast.UnaryExpr); ok && address.Op == token.AND {
		e = unparen(address.X)
	}
	switch e := e.(type) {
	case *ast.CallExpr:
		if w.builtin(e) == "make" && coreMap(w.info.TypeOf(e)) != nil {
			return []named{{e, ref}}
		}
	case *ast.CompositeLit:
		t := deref(w.info.TypeOf(e))
		if coreMap(t) != nil && len(e.Elts) == 0 {
			return []named{{e, ref}}
		}
		if _, ok := core(t).(*types.Struct); !ok {
			return nil
		}
		for _, element := range e.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); ok {
					path := append(ref.path[:len(ref.path):len(ref.path)], w.info.Uses[key])
					sites = append(sites, w.sitesIn(pair.Value, reference{ref.root, path})...)
				}
			}
		}
	}
	return sites
}

// fillsOf records the fills of a site among the statements after it, up to the one that gives
// the name another map.
func (w *walker) fillsOf(site named, at ast.Stmt, later []ast.Stmt) {
	var fills []*fill
	for i, stmt := range later {
		b := &bounder{w: w, site: site, at: at, between: later[:i]}
		if found := b.fill(stmt); found != nil {
			fills = append(fills, found)
		} else if w.replaces(stmt, site.ref) {
			break
		}
	}
	safe := 0
	for _, f := range fills {
		if f.whyNot == "" {
			safe++
		}
	}
	for _, f := range fills {
		if f.whyNot == "" && safe < len(fills) {
			f.whyNot = "another loop fills the map, too, by a count that is not known"
		}
	}
	if len(fills) > 0 {
		w.prog.fills[site.expr.Pos()] = fills
	}
}

// replaces reports whether a statement assigns another map to the name.
func (w *walker) replaces(stmt ast.Stmt, ref reference) bool {
	assign, ok := stmt.(*ast.AssignStmt)
	if !ok {
		return false
	}
	for _, left := range assign.Lhs {
		if other, ok := referenceTo(w.info, left); ok && other.root == ref.root && len(other.path) <= len(ref.path) {
			if other.equal(ref) || len(other.path) == 0 {
				return true
			}
		}
	}
	return false
}
