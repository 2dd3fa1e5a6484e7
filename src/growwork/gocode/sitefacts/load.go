package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// loadOptions says what to analyse.
type loadOptions struct {
	dir       string
	goCommand string
	tags      string
	overlay   string
	tests     bool
	patterns  []string
}

// goEnv is the part of `go env` that matters here.
type goEnv struct {
	GOVERSION, GOOS, GOARCH, GOMOD, GOWORK string
}

// listedModule is the module of a listed package.
type listedModule struct {
	Path, Dir, GoVersion string
	Main                 bool
}

// listedPackage is one package as `go list -json` prints it.
type listedPackage struct {
	ImportPath, Dir, Name string
	GoFiles, CgoFiles     []string
	ImportMap             map[string]string
	Standard, DepOnly     bool
	Module                *listedModule
	Error                 *struct{ Pos, Err string }

	files   []*parsedFile // set when ready is closed
	ready   chan struct{} // parsed
	checked chan struct{} // checked, and its syntax dropped
	target  bool
}

const listFields = "-json=ImportPath,Dir,Name,GoFiles,CgoFiles,ImportMap,Standard,DepOnly,Module,Error"

// parsedFile is one Go file of a package.
type parsedFile struct {
	name     string // absolute
	contents string // the file to read, another one when an overlay replaces it
	cgo      bool
	source   []byte // of targets only
	syntax   *ast.File
	err      error
}

// parseAhead bounds how many packages are parsed and not yet checked: it bounds memory.
const parseAhead = 64

// load lists, parses and checks the packages, and collects the facts of the targets.
func load(options loadOptions) (*program, error) {
	env, err := readEnv(options)
	if err != nil {
		return nil, err
	}
	if err := expandPatterns(&options, env); err != nil {
		return nil, err
	}
	packages, err := listPackages(options)
	if err != nil {
		return nil, err
	}
	prog := newProgram(env, packages)
	prog.noteModules(options, packages)
	replaced, err := readOverlay(options.overlay)
	if err != nil {
		return nil, err
	}
	go parseAll(prog.fset, packages, replaced, options.tests)
	checkAll(prog, packages)
	return prog, nil
}

// readOverlay returns the replaced files of an overlay, from their names to those of the contents.
func readOverlay(name string) (map[string]string, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &overlay); err != nil {
		return nil, fmt.Errorf("overlay %s: %w", name, err)
	}
	return overlay.Replace, nil
}

func readEnv(options loadOptions) (env goEnv, err error) {
	out, err := goOutput(options, "env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOMOD", "GOWORK")
	if err != nil {
		return env, err
	}
	return env, json.Unmarshal(out, &env)
}

// listPackages returns the packages dependencies first, which is the order to check them in.
// The user's GOFLAGS are inherited: setting -mod here would break workspaces.
func listPackages(options loadOptions) ([]*listedPackage, error) {
	args := []string{"list", "-e", "-deps", listFields}
	if options.tests {
		args = append(args, "-test")
	}
	if options.tags != "" {
		args = append(args, "-tags="+options.tags)
	}
	if options.overlay != "" {
		args = append(args, "-overlay="+options.overlay)
	}
	out, err := goOutput(options, append(append(args, "--"), options.patterns...)...)
	if err != nil {
		return nil, err
	}
	var packages []*listedPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		pkg := &listedPackage{ready: make(chan struct{}), checked: make(chan struct{})}
		if err := decoder.Decode(pkg); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		// The main package that `go test` generates has no source of the user's.
		pkg.target = !pkg.DepOnly && !strings.HasSuffix(pkg.ImportPath, ".test")
		packages = append(packages, pkg)
	}
}

func goOutput(options loadOptions, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(options.goCommand, args...)
	cmd.Dir = options.dir
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// parseAll parses the packages in order, a bounded number ahead of the type checker. With tests
// a file belongs to several variants of its package; it is parsed once, so that all variants
// speak of the same positions.
func parseAll(fset *token.FileSet, packages []*listedPackage, replaced map[string]string, tests bool) {
	workers := make(chan struct{}, runtime.GOMAXPROCS(0))
	shared := map[string]*parsedFile{}
	for i, pkg := range packages {
		if i >= parseAhead {
			<-packages[i-parseAhead].checked
		}
		var fresh []*parsedFile
		for j, name := range append(pkg.GoFiles[:len(pkg.GoFiles):len(pkg.GoFiles)], pkg.CgoFiles...) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(pkg.Dir, name)
			}
			file := shared[name]
			if file == nil {
				file = &parsedFile{name: name, contents: name, cgo: j >= len(pkg.GoFiles)}
				if other, ok := replaced[name]; ok {
					file.contents = other
				}
				fresh = append(fresh, file)
				if tests {
					shared[name] = file
				}
			}
			pkg.files = append(pkg.files, file)
		}
		parse := func(pkg *listedPackage) {
			for _, file := range fresh {
				file.parse(fset, pkg.target || tests)
			}
			close(pkg.ready)
		}
		if tests { // shared files: a variant must not be ready before its files are
			parse(pkg)
			continue
		}
		workers <- struct{}{}
		go func(pkg *listedPackage) {
			parse(pkg)
			<-workers
		}(pkg)
	}
}

func (f *parsedFile) parse(fset *token.FileSet, target bool) {
	source, err := os.ReadFile(f.contents)
	if err != nil {
		f.err = err
		return
	}
	mode := parser.SkipObjectResolution
	if target {
		mode |= parser.ParseComments
		f.source = source
	}
	f.syntax, f.err = parser.ParseFile(fset, f.name, source, mode)
}

// checkAll type-checks the packages and walks the targets. The syntax tree and the type
// information of a package are dropped when its facts are collected.
func checkAll(prog *program, packages []*listedPackage) {
	checked := map[string]*types.Package{"unsafe": types.Unsafe}
	for _, pkg := range packages {
		<-pkg.ready
		if pkg.Error != nil && pkg.target {
			prog.warnf("package %s: %s", pkg.ImportPath, firstLine(pkg.Error.Err))
		}
		if pkg.ImportPath != "unsafe" {
			checked[pkg.ImportPath] = checkPackage(prog, pkg, checked)
		}
		pkg.files = nil
		close(pkg.checked)
	}
}

// packageImporter resolves the imports of one package among those already checked.
type packageImporter struct {
	importMap map[string]string
	checked   map[string]*types.Package
}

func (i packageImporter) Import(path string) (*types.Package, error) {
	if mapped, ok := i.importMap[path]; ok {
		path = mapped
	}
	if pkg := i.checked[path]; pkg != nil {
		return pkg, nil
	}
	return nil, fmt.Errorf("package %s was not loaded", path)
}

func checkPackage(prog *program, pkg *listedPackage, checked map[string]*types.Package) *types.Package {
	var files []*ast.File
	for _, file := range pkg.files {
		if file.err != nil && pkg.target {
			prog.warnf("%s", firstLine(file.err.Error()))
		}
		if file.syntax != nil {
			files = append(files, file.syntax)
		}
	}
	faults := 0
	config := types.Config{
		Importer:         packageImporter{pkg.ImportMap, checked},
		FakeImportC:      true,
		IgnoreFuncBodies: !pkg.target,
		Sizes:            prog.facts.sizes,
		Error: func(err error) {
			faults++
			if pkg.target && faults == 1 {
				prog.warnf("type error: %s", firstLine(err.Error()))
			}
		},
	}
	if pkg.Module != nil && pkg.Module.GoVersion != "" {
		config.GoVersion = "go" + pkg.Module.GoVersion
	}
	var info *types.Info
	if pkg.target {
		info = &types.Info{
			Types:      map[ast.Expr]types.TypeAndValue{},
			Instances:  map[*ast.Ident]types.Instance{},
			Defs:       map[*ast.Ident]types.Object{},
			Uses:       map[*ast.Ident]types.Object{},
			Implicits:  map[ast.Node]types.Object{},
			Selections: map[*ast.SelectorExpr]*types.Selection{},
		}
	}
	path := strings.TrimSuffix(pkg.ImportPath, pathVariant(pkg.ImportPath))
	result, _ := config.Check(path, prog.fset, files, info) // faults were counted by Error
	prog.noteFaults(pkg, faults)
	if pkg.target && result != nil {
		prog.walkPackage(pkg, path, result, info)
	}
	return result
}

// pathVariant returns the suffix ` [p.test]` that go list gives the variants made for tests.
func pathVariant(importPath string) string {
	if i := strings.Index(importPath, " ["); i >= 0 {
		return importPath[i:]
	}
	return ""
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
