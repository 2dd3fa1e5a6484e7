package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// insertion is one place in a loop that inserts into the map.
type insertion struct {
	key         ast.Expr // nil: maps.Copy and the like
	conditional bool
	nested      bool
	reads       bool // an operator that reads the old element
}

// loopScan collects what a loop does with the map.
type loopScan struct {
	info    *types.Info
	ref     reference
	inserts []insertion
	reads   bool
	jumped  bool // a continue, break, goto or return may have skipped the rest
}

// statements scans the statements of one block of the loop body.
func (s *loopScan) statements(list []ast.Stmt, conditional, nested bool) {
	for _, stmt := range list {
		s.statement(stmt, conditional, nested)
		// What is conditional or nested needs no second mark; its jumps count for what follows
		// the statement around it.
		if !conditional && !nested && jumps(stmt) {
			s.jumped = true
		}
	}
}

func (s *loopScan) statement(stmt ast.Stmt, conditional, nested bool) {
	switch stmt := stmt.(type) {
	case nil:
	case *ast.BlockStmt:
		s.statements(stmt.List, conditional, nested)
	case *ast.LabeledStmt:
		s.statement(stmt.Stmt, conditional, nested)
	case *ast.IfStmt:
		s.statement(stmt.Init, conditional, nested)
		s.mention(stmt.Cond)
		s.statement(stmt.Body, true, nested)
		s.statement(stmt.Else, true, nested)
	case *ast.SwitchStmt:
		s.statement(stmt.Init, conditional, nested)
		s.mention(stmt.Tag)
		s.statement(stmt.Body, true, nested)
	case *ast.TypeSwitchStmt:
		s.statement(stmt.Init, conditional, nested)
		s.statement(stmt.Assign, conditional, nested)
		s.statement(stmt.Body, true, nested)
	case *ast.SelectStmt:
		s.statement(stmt.Body, true, nested)
	case *ast.CaseClause:
		for _, e := range stmt.List {
			s.mention(e)
		}
		s.statements(stmt.Body, conditional, nested)
	case *ast.CommClause:
		s.statement(stmt.Comm, conditional, nested)
		s.statements(stmt.Body, conditional, nested)
	case *ast.ForStmt:
		s.statement(stmt.Init, conditional, nested)
		s.mention(stmt.Cond)
		s.statement(stmt.Post, conditional, true)
		s.statement(stmt.Body, conditional, true)
	case *ast.RangeStmt:
		s.mention(stmt.X)
		s.statement(stmt.Body, conditional, true)
	case *ast.AssignStmt:
		for _, e := range stmt.Rhs {
			s.mention(e)
		}
		for _, e := range stmt.Lhs {
			s.target(e, stmt.Tok != token.ASSIGN, conditional, nested)
		}
	case *ast.IncDecStmt:
		s.target(stmt.X, true, conditional, nested)
	default:
		s.mention(stmt)
	}
}

// target scans the left side of an assignment.
func (s *loopScan) target(e ast.Expr, reads, conditional, nested bool) {
	if index, ok := unparen(e).(*ast.IndexExpr); ok {
		if ref, ok := referenceTo(s.info, index.X); ok && ref.equal(s.ref) {
			s.mention(index.Index)
			s.inserts = append(s.inserts, insertion{index.Index, conditional || s.jumped, nested, reads})
			return
		}
	}
	s.mention(e)
}

// mention notes a use of the map that is no insertion. Inside a function literal an insertion
// happens whenever the literal is called.
func (s *loopScan) mention(n ast.Node) {
	if n == nil {
		return
	}
	ast.Inspect(n, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if ref, ok := referenceTo(s.info, e); ok && ref.equal(s.ref) {
			s.reads = true
			return false
		}
		return true
	})
}

// jumps reports whether a statement may leave the current iteration of the loop around it.
// Inside an inner loop a plain break or continue stays there; so does a break in a switch.
func jumps(n ast.Node) bool {
	found := false
	ast.Walk(jumpFinder{found: &found}, n)
	return found
}

type jumpFinder struct {
	inLoop, inSwitch bool
	found            *bool
}

func (j jumpFinder) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.FuncLit:
		return nil
	case *ast.ReturnStmt:
		*j.found = true
	case *ast.BranchStmt:
		if j.leaves(n) {
			*j.found = true
		}
	case *ast.ForStmt, *ast.RangeStmt:
		j.inLoop = true
	case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		j.inSwitch = true
	}
	return j
}

func (j jumpFinder) leaves(branch *ast.BranchStmt) bool {
	switch {
	case branch.Label != nil || branch.Tok == token.GOTO:
		return true
	case branch.Tok == token.CONTINUE:
		return !j.inLoop
	case branch.Tok == token.BREAK:
		return !j.inLoop && !j.inSwitch
	}
	return false // fallthrough
}
