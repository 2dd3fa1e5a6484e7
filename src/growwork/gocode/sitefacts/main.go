// Sitefacts prints what growwork needs to know about the maps of a Go module.
//
// It loads packages in source mode: `go list -deps` names them, go/parser reads them and
// go/types checks them, dependencies without their function bodies. Nothing is compiled and
// nothing is written to the user's build cache. One JSON document goes to standard output; its
// form is growwork/source-facts/1, the same that a recording keeps as sites.json.
//
// Three ideas carry the program:
//
//   - A creation site is a make, a composite literal of map type, or a maps.Clone.
//   - A growth line is a statement that can insert a key: an assignment, an increment, maps.Copy.
//   - The two are joined by a flow graph that is field-based (one node for a declared field,
//     whatever the struct value) and knows no calling context. Nodes are keyed by the position
//     of a declaration, so the variants of a package that tests bring along fall together.
//
// The graph says where a map may come from; where it cannot tell, it says why.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime"
)

func main() {
	var options loadOptions
	flag.StringVar(&options.dir, "C", ".", "folder to run in")
	flag.StringVar(&options.goCommand, "go", "go", "go command to list packages with")
	flag.StringVar(&options.tags, "tags", "", "build tags")
	flag.StringVar(&options.overlay, "overlay", "", "JSON file of replaced files, as of go build")
	flag.BoolVar(&options.tests, "tests", false, "analyse _test.go files too")
	memory := flag.Bool("memory", false, "report memory use on standard error")
	flag.Parse()
	options.patterns = flag.Args()
	if len(options.patterns) == 0 {
		options.patterns = []string{"./..."}
	}
	if err := run(options); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *memory {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		fmt.Fprintf(os.Stderr, "sitefacts: %d MiB from the system\n", stats.Sys>>20)
	}
}

// run analyses the packages and prints the facts.
func run(options loadOptions) error {
	prog, err := load(options)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	if err := prog.write(out); err != nil {
		return err
	}
	return out.Flush()
}
