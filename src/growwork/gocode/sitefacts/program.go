package main

import (
	"fmt"
	"go/token"
	"go/types"
)

// program is the state of one run: what was found so far, and the flow graph.
type program struct {
	env       goEnv
	root      string // folder of go.mod, or of go.work when several modules are analysed
	module    string
	fset      *token.FileSet
	facts     *typeFacts
	graph     *graph
	functions functions
	targets   map[string]bool // import paths whose bodies are walked
	files     []*fileFacts
	seen      map[string]bool // files already walked, by absolute name
	sites     []*site
	growth    []*mapUse
	deletes   []*mapUse
	fills     map[token.Pos][]*fill // by the position of the site's expression
	warnings  []string
	faults    faultCounts
}

// faultCounts counts type errors, which make facts incomplete.
type faultCounts struct {
	targets, dependencies int
}

// maxWarnings bounds the warnings about single packages; the counts are always reported.
const maxWarnings = 20

func newProgram(env goEnv, packages []*listedPackage) *program {
	prog := &program{
		env:       env,
		fset:      token.NewFileSet(),
		functions: functions{at: map[token.Pos]*function{}},
		targets:   map[string]bool{},
		seen:      map[string]bool{},
		fills:     map[token.Pos][]*fill{},
	}
	prog.facts = &typeFacts{types.SizesFor("gc", env.GOARCH), map[types.Type]bool{}}
	prog.graph = newGraph(prog.facts)
	for _, pkg := range packages {
		if pkg.target {
			prog.targets[pkg.ImportPath[:len(pkg.ImportPath)-len(pathVariant(pkg.ImportPath))]] = true
		}
	}
	prog.root, prog.module = analysedRoot(env, packages)
	return prog
}

// warnf keeps a warning; of the many a broken tree can give only the first ones.
func (p *program) warnf(format string, args ...any) {
	if len(p.warnings) < maxWarnings {
		p.warnings = append(p.warnings, fmt.Sprintf(format, args...))
	}
}

// noteFaults counts the type errors of a package. Those of standard packages come from cgo
// (`import "C"` is faked) and do not touch types of maps.
func (p *program) noteFaults(pkg *listedPackage, faults int) {
	switch {
	case pkg.target:
		p.faults.targets += faults
	case !pkg.Standard:
		p.faults.dependencies += faults
	}
}
