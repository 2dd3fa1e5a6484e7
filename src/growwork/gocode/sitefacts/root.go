package main

import (
	"io/fs"
	"path/filepath"
	"sort"
	"strings"
)

// expandPatterns makes `./...` cover all modules of a workspace below a folder, where the go
// command takes only the one that the folder is in, or none.
func expandPatterns(options *loadOptions, env goEnv) error {
	if env.GOWORK == "" || env.GOWORK == "off" {
		return nil
	}
	out, err := goOutput(*options, "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	modules := strings.Fields(string(out))
	var expanded []string
	for _, pattern := range options.patterns {
		folder, ok := patternFolder(options.dir, pattern)
		if !ok {
			expanded = append(expanded, pattern)
			continue
		}
		found := false
		for _, module := range modules {
			if isBelow(module, folder) {
				expanded = append(expanded, filepath.Join(module, "..."))
				found = true
			}
		}
		if !found || !isModule(modules, folder) && env.inModule() {
			expanded = append(expanded, pattern)
		}
	}
	options.patterns = expanded
	return nil
}

// inModule reports whether the folder of the run is in a module.
func (e goEnv) inModule() bool { return strings.HasSuffix(e.GOMOD, "go.mod") }

func isModule(modules []string, folder string) bool {
	for _, module := range modules {
		if module == folder {
			return true
		}
	}
	return false
}

// patternFolder returns the folder of a pattern such as `./...` or `./internal/...`.
func patternFolder(dir, pattern string) (folder string, ok bool) {
	prefix := strings.TrimSuffix(pattern, "...")
	if prefix == pattern || !strings.HasPrefix(pattern, ".") && !filepath.IsAbs(pattern) {
		return "", false
	}
	if !filepath.IsAbs(prefix) {
		prefix = filepath.Join(dir, prefix)
	}
	folder, err := filepath.Abs(prefix)
	return folder, err == nil
}

func isBelow(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, strings.TrimSuffix(folder, "/")+"/")
}

// maxNamed bounds how many modules a warning names.
const maxNamed = 5

// noteModules warns about modules below the patterns' folders that the go command left out.
func (p *program) noteModules(options loadOptions, packages []*listedPackage) {
	covered := map[string]bool{}
	for _, pkg := range packages {
		if pkg.target && pkg.Module != nil {
			covered[pkg.Module.Dir] = true
		}
	}
	var missed []string
	for _, pattern := range options.patterns {
		folder, ok := patternFolder(options.dir, pattern)
		if !ok {
			continue
		}
		// A folder that cannot be read hides nothing that the go command saw.
		_ = filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			base := entry.Name()
			if entry.IsDir() && name != folder && (base == "vendor" || base == "testdata" ||
				base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return fs.SkipDir
			}
			if base == "go.mod" && name != filepath.Join(folder, base) && !covered[filepath.Dir(name)] {
				missed = append(missed, relativePath(p.root, filepath.Dir(name)))
			}
			return nil
		})
	}
	if len(missed) == 0 {
		return
	}
	sort.Strings(missed)
	named := strings.Join(missed[:min(len(missed), maxNamed)], ", ")
	if len(missed) == 1 {
		p.warnf("not analysed, because it is a module of its own: %s", named)
		return
	}
	if len(missed) > maxNamed {
		named += ", …"
	}
	p.warnf("not analysed, because they are modules of their own: %d folders, %s", len(missed), named)
}

// analysedRoot returns the folder that paths are relative to, and the module's path. With
// targets from several modules it is the workspace's folder and all their paths.
func analysedRoot(env goEnv, packages []*listedPackage) (root, module string) {
	folders := map[string]string{}
	for _, pkg := range packages {
		if pkg.target && pkg.Standard { // GOROOT/src is module std, which go list does not say
			module = "std"
		}
		if pkg.target && pkg.Module != nil && pkg.Module.Dir != "" {
			folders[pkg.Module.Path] = pkg.Module.Dir
		}
	}
	paths := make([]string, 0, len(folders))
	for path := range folders {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	if len(paths) > 0 {
		module = strings.Join(paths, ", ")
	}
	switch {
	case len(paths) == 1:
		return folders[paths[0]], module
	case env.GOWORK != "" && env.GOWORK != "off":
		return filepath.Dir(env.GOWORK), module
	case len(paths) == 0 && strings.HasSuffix(env.GOMOD, "go.mod"):
		return filepath.Dir(env.GOMOD), module
	}
	return commonFolder(folders), module
}

// commonFolder returns the deepest folder that contains all of the given ones.
func commonFolder(folders map[string]string) string {
	common := ""
	for _, folder := range folders {
		for common != "" && folder != common && !strings.HasPrefix(folder, common+string(filepath.Separator)) {
			common = filepath.Dir(common)
		}
		if common == "" {
			common = folder
		}
	}
	return common
}
