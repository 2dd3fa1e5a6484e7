package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// smallMap is the number of keys up to which a size hint changes nothing (all Go releases).
const smallMap = 8

// bounder decides whether one statement fills the map of a site, and whether the number of
// keys it inserts can be written at the site.
type bounder struct {
	w       *walker
	site    named
	at      ast.Stmt   // the statement with the site
	between []ast.Stmt // those between it and the fill
}

// fill returns what a statement does as a fill, nil when it is none.
func (b *bounder) fill(stmt ast.Stmt) *fill {
	for {
		labeled, ok := stmt.(*ast.LabeledStmt)
		if !ok {
			break
		}
		stmt = labeled.Stmt
	}
	switch stmt := stmt.(type) {
	case *ast.ExprStmt:
		return b.copyFill(stmt)
	case *ast.RangeStmt:
		return b.loopFill(stmt, b.rangeTrips(stmt), stmt.Body)
	case *ast.ForStmt:
		return b.loopFill(stmt, b.countTrips(stmt), stmt.Body)
	}
	return nil
}

// copyFill handles maps.Copy(m, source): as many keys as the source has.
func (b *bounder) copyFill(stmt *ast.ExprStmt) *fill {
	call, ok := stmt.X.(*ast.CallExpr)
	if !ok || len(call.Args) != 2 {
		return nil
	}
	name := b.w.mapsFunction(call)
	ref, ok := referenceTo(b.w.info, call.Args[0])
	if !ok || !ref.equal(b.site.ref) || name != "Copy" && name != "Insert" {
		return nil
	}
	t := trips{operand: call.Args[1], isLen: true}
	if name == "Insert" {
		t = trips{unknown: "the number of values of an iterator is not known"}
	}
	return b.judge(&fill{pos: stmt.Pos(), tier: tierRangeKey}, stmt, t)
}

// loopFill handles loops whose body inserts into the map.
func (b *bounder) loopFill(loop ast.Stmt, t trips, body *ast.BlockStmt) *fill {
	scan := &loopScan{info: b.w.info, ref: b.site.ref}
	scan.statements(body.List, false, false)
	if len(scan.inserts) == 0 {
		return nil
	}
	nested := true
	for _, insert := range scan.inserts {
		nested = nested && insert.nested
	}
	f := &fill{pos: loop.Pos(), tier: b.tier(scan, loop, t)}
	switch {
	case nested:
		t = trips{unknown: "an inner loop fills the map"}
	case len(scan.inserts) > 1:
		f.whyNot = "one iteration can insert several keys"
	}
	return b.judge(f, loop, t)
}

// tier classifies the insertions of a loop.
func (b *bounder) tier(scan *loopScan, loop ast.Stmt, t trips) string {
	unique, derived, conditional, reads := true, false, false, scan.reads
	for _, insert := range scan.inserts {
		exact := b.isKey(insert.key, t.key)
		unique = unique && exact && !insert.nested
		derived = derived || exact || b.depends(insert.key, loop)
		conditional = conditional || insert.conditional
		reads = reads || insert.reads && !exact
	}
	switch {
	case !derived:
		return tierIndependent
	case reads:
		return tierRead
	case conditional:
		return tierConditional
	case unique:
		return tierRangeKey
	}
	return tierDerived
}

func (b *bounder) isKey(e ast.Expr, key types.Object) bool {
	id, ok := unparen(e).(*ast.Ident)
	return ok && key != nil && b.w.info.ObjectOf(id) == key
}

// depends reports whether a key can differ between iterations: it names something that the loop
// declares or assigns, or calls a function.
func (b *bounder) depends(key ast.Expr, loop ast.Stmt) (found bool) {
	assigned := map[types.Object]bool{}
	ast.Inspect(loop, func(n ast.Node) bool {
		for _, target := range assignedBy(n) {
			assigned[rootObject(b.w.info, target)] = true
		}
		return true
	})
	ast.Inspect(key, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			obj := b.w.info.ObjectOf(n)
			if obj != nil && (assigned[obj] || loop.Pos() <= obj.Pos() && obj.Pos() < loop.End()) {
				found = true
			}
		case *ast.CallExpr:
			found = found || b.w.runsCode(n)
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return true
	})
	return found
}

// assignedBy lists what a node assigns to.
func assignedBy(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return n.Lhs
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		var list []ast.Expr
		for _, e := range []ast.Expr{n.Key, n.Value} {
			if e != nil {
				list = append(list, e)
			}
		}
		return list
	}
	return nil
}

// runsCode reports whether a call expression runs a function; conversions and most builtins
// do not.
func (w *walker) runsCode(call *ast.CallExpr) bool {
	if w.info.Types[unparen(call.Fun)].IsType() {
		return false
	}
	name := w.builtin(call)
	return name == "" || name == "panic" || name == "recover"
}

// judge completes a fill: its bound, and why it is not safe to write that as a hint.
func (b *bounder) judge(f *fill, stmt ast.Stmt, t trips) *fill {
	bound, fault := b.bound(stmt, t)
	f.bound = bound
	reasons := []string{f.whyNot, fault}
	switch f.tier {
	case tierConditional:
		reasons = []string{"only some iterations insert"}
	case tierRead:
		reasons = []string{"the loop reads the map, so keys may repeat"}
	case tierIndependent:
		reasons = []string{"the key does not depend on the loop"}
	}
	for _, reason := range reasons {
		if reason != "" {
			f.whyNot = reason
			break
		}
	}
	return f
}

// bound returns the count as an expression that is valid at the site, and what forbids to write
// it there.
func (b *bounder) bound(loop ast.Stmt, t trips) (text, fault string) {
	if t.unknown != "" {
		return "", t.unknown
	}
	if t.operand == nil {
		text = t.value.ExactString()
	} else {
		if text = b.w.text(t.operand); strings.ContainsAny(text, "\r\n") {
			return "", "the bound is written over several lines"
		}
		if fault := b.outOfScope(t.operand); fault != "" {
			return "", fault
		}
		if t.isLen {
			text = "len(" + text + ")"
			if !b.w.isUniverse("len", b.site.expr.Pos()) {
				return "", "len means something else here"
			}
		}
	}
	if t.value != nil && constant.Compare(constant.ToInt(t.value), token.LEQ, constant.MakeInt64(smallMap)) {
		return text, "at most 8 keys: a hint changes nothing"
	}
	if t.operand == nil {
		return text, ""
	}
	return text, b.operandFault(loop, t.operand)
}
