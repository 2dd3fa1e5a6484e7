package main

import (
	"encoding/json"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"io"
	"sort"
)

// The JSON document. Its fields are those of growwork.gosource.types.SourceFacts, which says
// what they mean.
type (
	outFacts struct {
		Schema      string    `json:"schema"`
		Module      string    `json:"module"`
		Root        string    `json:"root"`
		GoVersion   string    `json:"go_version"`
		GOOS        string    `json:"goos"`
		GOARCH      string    `json:"goarch"`
		Sites       []outSite `json:"sites"`
		GrowthLines []outUse  `json:"growth_lines"`
		DeleteLines []outUse  `json:"delete_lines"`
		Files       []outFile `json:"files"`
		Warnings    []string  `json:"warnings"`
	}
	outPosition struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
	}
	outSite struct {
		Position    outPosition  `json:"position"`
		Function    string       `json:"function"`
		Package     string       `json:"package"`
		Kind        string       `json:"kind"`
		KeyType     string       `json:"key_type"`
		ElemType    string       `json:"elem_type"`
		KeyBytes    *int64       `json:"key_bytes"`
		ElemBytes   *int64       `json:"elem_bytes"`
		HasPointers *bool        `json:"has_pointers"`
		Offset      int          `json:"offset"`
		EndOffset   int          `json:"end_offset"`
		Hint        *string      `json:"hint"`
		HintValue   *int64       `json:"hint_value"`
		HintOffset  int          `json:"hint_offset"`
		HintEnd     int          `json:"hint_end"`
		Generated   bool         `json:"generated"`
		Fills       []outFill    `json:"fills"`
		EscapesLoop bool         `json:"escapes_loop"`
		Owner       string       `json:"owner"`
		KeyAlign    *int64       `json:"key_align"`
		ElemAlign   *int64       `json:"elem_align"`
		Compiled    *outPosition `json:"compiled"`
		Wrappable   bool         `json:"wrappable"`
	}
	outFill struct {
		Position outPosition `json:"position"`
		Tier     string      `json:"tier"`
		Bound    *string     `json:"bound"`
		Safe     bool        `json:"safe"`
		WhyNot   string      `json:"why_not"`
	}
	outUse struct {
		Position      outPosition   `json:"position"`
		Function      string        `json:"function"`
		Operation     string        `json:"operation"`
		Sites         []outPosition `json:"sites"`
		UnknownReason string        `json:"unknown_reason"`
		Compiled      *outPosition  `json:"compiled"`
	}
	outFile struct {
		Path         string `json:"path"`
		SHA256       string `json:"sha256"`
		CompiledPath string `json:"compiled_path"`
		TrimmedPath  string `json:"trimmed_path"`
		Generated    bool   `json:"generated"`
		Package      string `json:"package"`
		PackageEnd   int    `json:"package_end"`
	}
)

// write solves the graph and prints the facts, sorted.
func (p *program) write(out io.Writer) error {
	p.linkInterfaceCalls()
	p.graph.solve()
	if p.faults.targets > 0 {
		p.warnings = append(p.warnings, fmt.Sprintf("%d type errors in the analysed packages: facts about them are incomplete", p.faults.targets))
	}
	if p.faults.dependencies > 0 {
		p.warnings = append(p.warnings, fmt.Sprintf("%d type errors in dependencies: some sizes and joins are missing", p.faults.dependencies))
	}
	facts := outFacts{
		Schema:      "growwork/source-facts/1",
		Module:      p.module,
		Root:        p.root,
		GoVersion:   p.env.GOVERSION,
		GOOS:        p.env.GOOS,
		GOARCH:      p.env.GOARCH,
		Sites:       p.outSites(),
		GrowthLines: p.outUses(p.growth),
		DeleteLines: p.outUses(p.deletes),
		Files:       p.outFiles(),
		Warnings:    append([]string{}, p.warnings...),
	}
	return json.NewEncoder(out).Encode(facts)
}

func (p *program) outSites() []outSite {
	sort.Slice(p.sites, func(i, j int) bool { return before(p.sites[i].file, p.sites[j].file, p.sites[i].pos, p.sites[j].pos) })
	list := make([]outSite, 0, len(p.sites))
	for _, s := range p.sites {
		list = append(list, p.outSite(s))
	}
	return list
}

func (p *program) outSite(s *site) outSite {
	m := coreMap(s.mapType)
	qualifier := func(other *types.Package) string {
		if other == s.pkg {
			return ""
		}
		return other.Name()
	}
	out := outSite{
		Position:    p.physical(s.file, s.pos),
		Function:    s.function,
		Package:     s.file.pkg,
		Kind:        s.kind,
		KeyType:     types.TypeString(m.Key(), qualifier),
		ElemType:    types.TypeString(m.Elem(), qualifier),
		Offset:      s.file.handle.Offset(s.pos),
		EndOffset:   s.file.handle.Offset(s.end),
		HintOffset:  s.hintAt,
		HintEnd:     s.hintEnd,
		Generated:   s.file.generated,
		Fills:       p.outFills(s),
		EscapesLoop: s.inLoop,
		Owner:       s.owner,
		Compiled:    p.compiled(s.file, s.pos, s.line),
		Wrappable:   s.wrappable,
	}
	out.KeyBytes, out.KeyAlign = p.facts.size(m.Key())
	out.ElemBytes, out.ElemAlign = p.facts.size(m.Elem())
	if out.KeyBytes != nil && out.ElemBytes != nil {
		pointers := hasPointers(m.Key()) || hasPointers(m.Elem())
		out.HasPointers = &pointers
	}
	if s.hint != nil {
		out.Hint = &s.hintText
		if s.hintValue != nil {
			if value, exact := constant.Int64Val(constant.ToInt(s.hintValue)); exact {
				out.HintValue = &value
			}
		}
	}
	return out
}

func (p *program) outFills(s *site) []outFill {
	list := []outFill{}
	for _, f := range p.fills[s.pos] {
		whyNot := f.whyNot
		if whyNot == "" && s.file.generated {
			whyNot = "the file is generated"
		}
		if whyNot == "" && s.hintAt < 0 {
			whyNot = "no hint can be written here"
		}
		fill := outFill{p.physical(s.file, f.pos), f.tier, nil, whyNot == "", whyNot}
		if f.bound != "" {
			bound := f.bound
			fill.Bound = &bound
		}
		list = append(list, fill)
	}
	return list
}

func (p *program) outUses(uses []*mapUse) []outUse {
	sort.Slice(uses, func(i, j int) bool { return before(uses[i].file, uses[j].file, uses[i].pos, uses[j].pos) })
	list := make([]outUse, 0, len(uses))
	for _, use := range uses {
		sites, reason := p.graph.sources(use.owner, use.mapType)
		sort.Slice(sites, func(i, j int) bool { return before(sites[i].file, sites[j].file, sites[i].pos, sites[j].pos) })
		positions := make([]outPosition, 0, len(sites))
		for _, s := range sites {
			positions = append(positions, p.physical(s.file, s.pos))
		}
		list = append(list, outUse{
			Position:      p.physical(use.file, use.pos),
			Function:      use.function,
			Operation:     use.operation,
			Sites:         positions,
			UnknownReason: reason,
			Compiled:      p.compiled(use.file, use.pos, use.pos),
		})
	}
	return list
}

func (p *program) outFiles() []outFile {
	sort.Slice(p.files, func(i, j int) bool { return p.files[i].path < p.files[j].path })
	list := make([]outFile, 0, len(p.files))
	for _, f := range p.files {
		list = append(list, outFile{f.path, f.sha256, f.absolute, f.trimmed, f.generated, f.pkg, f.packageEnd})
	}
	return list
}

// before orders positions by file and offset; token positions alone depend on which file was
// parsed first.
func before(a, b *fileFacts, aPos, bPos token.Pos) bool {
	if a.path != b.path {
		return a.path < b.path
	}
	return aPos < bPos
}

// physical returns where a position is in the file itself, whatever //line directives say.
func (p *program) physical(file *fileFacts, pos token.Pos) outPosition {
	position := p.fset.PositionFor(pos, false)
	return outPosition{file.path, position.Line, position.Column}
}

// compiled returns where the binary's line table places something, nil when that is where it is.
func (p *program) compiled(file *fileFacts, pos, line token.Pos) *outPosition {
	adjusted := p.fset.PositionFor(line, true)
	plain := p.fset.PositionFor(pos, false)
	if adjusted.Filename == plain.Filename && adjusted.Line == plain.Line {
		return nil
	}
	path := file.path
	if adjusted.Filename != plain.Filename {
		path = relativePath(p.root, adjusted.Filename)
	}
	return &outPosition{path, adjusted.Line, adjusted.Column}
}
