package main

import (
	"path/filepath"
	"sort"
	"strings"
)

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
