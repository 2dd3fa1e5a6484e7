package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// trips is how often a loop runs.
type trips struct {
	operand ast.Expr       // what the count is made of
	isLen   bool           // the count is len(operand), else operand itself
	value   constant.Value // the count when it is a constant
	unknown string         // why there is no count
	key     types.Object   // a variable that is different in every iteration
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
