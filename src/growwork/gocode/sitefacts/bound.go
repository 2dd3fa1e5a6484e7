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

// trips is how often a loop runs.
type trips struct {
	operand ast.Expr       // what the count is made of
	isLen   bool           // the count is len(operand), else operand itself
	value   constant.Value // the count when it is a constant
	unknown string         // why there is no count
	key     types.Object   // a variable that is different in every iteration
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

// rangeTrips counts the iterations of a range clause.
func (b *bounder) rangeTrips(loop *ast.RangeStmt) trips {
	t := trips{operand: loop.X, isLen: true}
	if id, ok := loop.Key.(*ast.Ident); ok {
		t.key = b.w.info.ObjectOf(id)
	}
	rangeType := b.w.info.TypeOf(loop.X)
	switch under := core(rangeType).(type) {
	case *types.Slice, *types.Map:
	case *types.Array:
		t.value = constant.MakeInt64(under.Len())
	case *types.Pointer: // to an array
		array, ok := core(under.Elem()).(*types.Array)
		if !ok {
			return trips{unknown: "the trip count is not known"}
		}
		t.value = constant.MakeInt64(array.Len())
	case *types.Basic:
		if under.Info()&types.IsInteger != 0 {
			t.isLen = false
			t.value = b.w.info.Types[loop.X].Value
		}
	case *types.Chan:
		return trips{unknown: "the number of values of a channel is not known"}
	case *types.Signature:
		return trips{unknown: "the number of values of an iterator is not known"}
	default:
		return trips{unknown: "the trip count is not known"}
	}
	if lit, ok := unparen(loop.X).(*ast.CompositeLit); ok && coreMap(rangeType) == nil {
		t.value = constant.MakeInt64(int64(len(lit.Elts)))
		t.operand = nil
	}
	return t
}

// countTrips counts the iterations of `for i := 0; i < n; i++`.
func (b *bounder) countTrips(loop *ast.ForStmt) trips {
	unknown := trips{unknown: "the trip count is not known"}
	start, ok := loop.Init.(*ast.AssignStmt)
	if !ok || start.Tok != token.DEFINE || len(start.Lhs) != 1 {
		return unknown
	}
	condition, ok := loop.Cond.(*ast.BinaryExpr)
	if !ok {
		return unknown
	}
	name, _ := start.Lhs[0].(*ast.Ident)
	counter := b.w.info.ObjectOf(name)
	left, _ := unparen(condition.X).(*ast.Ident)
	post, _ := loop.Post.(*ast.IncDecStmt)
	if left == nil || b.w.info.ObjectOf(left) != counter || post == nil || post.Tok != token.INC ||
		rootObject(b.w.info, post.X) != counter {
		return unknown
	}
	if condition.Op != token.LSS {
		return trips{unknown: "the loop is not of the form i < n", key: counter}
	}
	first := b.w.info.Types[start.Rhs[0]].Value
	if first == nil || constant.Compare(first, token.NEQ, constant.MakeInt64(0)) {
		return trips{unknown: "the loop does not start at 0", key: counter}
	}
	if basic, ok := b.w.info.TypeOf(condition.Y).Underlying().(*types.Basic); !ok || basic.Info()&types.IsInteger == 0 {
		return trips{unknown: "the loop does not count in integers", key: counter}
	}
	if b.changes(loop.Body, reference{root: counter}) {
		return trips{unknown: "the loop variable changes in the body"}
	}
	return trips{operand: condition.Y, value: b.w.info.Types[condition.Y].Value, key: counter}
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
