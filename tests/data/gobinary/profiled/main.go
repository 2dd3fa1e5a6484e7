// Profiled allocates through every kind of call that a symboliser can get wrong, and writes what
// the runtime itself says about it: both forms of the heap profile, and every stack of the
// profile as runtime.CallersFrames reads it.
package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sort"
)

type point struct{ x, y int32 }

type wide [200]byte

type filler interface{ fill(n int) map[string]int }

type base struct{ made int }

// wrapped gets fill by embedding: a call through filler goes through a compiler-made wrapper.
type wrapped struct{ *base }

var (
	rate = 1
	sink []any
)

func (b *base) fill(n int) map[string]int {
	m := make(map[string]int)
	for i := 0; i < n; i++ {
		m[name(i)] = i
	}
	b.made++
	return m
}

// name and put are inlined, put into two callers.
func name(i int) string { return fmt.Sprintf("key-%d", i) }

func put(m map[int]*point, i int) {
	m[i] = &point{int32(i), 1}
}

func twice(m map[int]*point, i int) {
	put(m, 2*i)
	put(m, 2*i+1)
}

func index(n int) map[int]*point {
	m := map[int]*point{}
	for i := 0; i < n; i++ {
		twice(m, i)
	}
	return m
}

func group[K comparable, V any](keys []K, value V) map[K][]V {
	m := map[K][]V{}
	for _, key := range keys {
		m[key] = append(m[key], value)
	}
	return m
}

func points(n int) []point {
	all := make([]point, n)
	for i := range all {
		all[i] = point{int32(i), int32(i)}
	}
	return all
}

func allocate() {
	for i := 0; i < 20; i++ {
		var f filler = wrapped{&base{}}
		sink = append(sink, f.fill(100), index(300))
	}
	sink = append(sink, group(points(500), 1.5), group([]string{"a", "b"}, wide{}))
	later := func(n int) { sink = append(sink, make(map[point]wide, n)) }
	later(100)
	defer func() { sink = append(sink, map[uint8]bool{1: true}) }()
	sort.Slice(points(9), func(i, j int) bool {
		sink = append(sink, make([]byte, 3000))
		return i < j
	})
	done := make(chan bool)
	go func() {
		sink = append(sink, index(1500))
		done <- true
	}()
	<-done
}

func init() { runtime.MemProfileRate = rate }

func main() {
	dir := os.Args[1]
	allocate()
	runtime.GC()
	runtime.GC()
	records := profileRecords()
	write(filepath.Join(dir, "heap.debug1.txt"), 1)
	write(filepath.Join(dir, "heap.pprof"), 0)
	writeFrames(filepath.Join(dir, "frames.txt"), records)
}

func write(path string, debug int) {
	file, err := os.Create(path)
	check(err)
	check(pprof.Lookup("heap").WriteTo(file, debug))
	check(file.Close())
}

func profileRecords() []runtime.MemProfileRecord {
	n, _ := runtime.MemProfile(nil, true)
	for {
		records := make([]runtime.MemProfileRecord, n+50)
		var ok bool
		if n, ok = runtime.MemProfile(records, true); ok {
			return records[:n]
		}
	}
}

func writeFrames(path string, records []runtime.MemProfileRecord) {
	file, err := os.Create(path)
	check(err)
	out := bufio.NewWriter(file)
	for _, record := range records {
		for _, pc := range record.Stack() {
			fmt.Fprintf(out, "%#x ", pc)
		}
		fmt.Fprintln(out)
		frames := runtime.CallersFrames(record.Stack())
		for {
			frame, more := frames.Next()
			fmt.Fprintf(out, "\t%s\t%s\t%d\n", frame.Function, frame.File, frame.Line)
			if !more {
				break
			}
		}
	}
	check(out.Flush())
	check(file.Close())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
