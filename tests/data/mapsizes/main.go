// Mapsizes prints what maps really allocate: one line per key and element type, hint and number
// of inserts, followed by size:count of every object allocated under build.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
)

var hints = []int{0, 8, 9, 13, 14, 100, 104, 105, 200, 832, 833, 896, 897, 898, 1000, 1792, 1796, 3000, 3584, 3591, 5000}

type object struct{ a, b int }

var sink any

//go:noinline
func build[K comparable, V any](hint, inserts int, key func(int) K) {
	m := make(map[K]V, hint)
	var zero V
	for i := 0; i < inserts; i++ {
		m[key(i)] = zero
	}
	sink = m
}

func snapshot() map[int64]int64 {
	runtime.GC()
	runtime.GC()
	n, _ := runtime.MemProfile(nil, true)
	records := make([]runtime.MemProfileRecord, n+500)
	n, ok := runtime.MemProfile(records, true)
	if !ok {
		fmt.Fprintln(os.Stderr, "the profile grew too fast")
		os.Exit(1)
	}
	counts := make(map[int64]int64)
	for _, record := range records[:n] {
		if record.AllocObjects > 0 && underBuild(record.Stack()) {
			counts[record.AllocBytes/record.AllocObjects] += record.AllocObjects
		}
	}
	return counts
}

func underBuild(stack []uintptr) bool {
	frames := runtime.CallersFrames(stack)
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "main.build") {
			return true
		}
		if !more {
			return false
		}
	}
}

func measure[K comparable, V any](name string, key func(int) K) {
	for _, hint := range hints {
		report[K, V](name, hint, 0, key)
	}
	for _, inserts := range []int{1, 9, 100, 1000} {
		report[K, V](name, 0, inserts, key)
	}
}

func report[K comparable, V any](name string, hint, inserts int, key func(int) K) {
	before := snapshot()
	build[K, V](hint, inserts, key)
	after := snapshot()
	var parts []string
	for size, count := range after {
		if count -= before[size]; count > 0 {
			parts = append(parts, fmt.Sprintf("%d:%d", size, count))
		}
	}
	sort.Strings(parts)
	fmt.Println(name, hint, inserts, strings.Join(parts, " "))
}

var names = func() (names [1000]string) {
	for i := range names {
		names[i] = fmt.Sprint("key-", i)
	}
	return names
}()

func main() {
	runtime.MemProfileRate = 1
	number := func(i int) int { return i }
	text := func(i int) string { return names[i] }
	measure[int, int]("8/8/false", number)
	measure[int, struct{}]("8/0/false", number)
	measure[int, *object]("8/8/true", number)
	measure[string, *object]("16/8/true", text)
	measure[string, string]("16/16/true", text)
	measure[uint32, uint16]("4/2/false", func(i int) uint32 { return uint32(i) })
	measure[uint16, uint8]("2/1/false", func(i int) uint16 { return uint16(i) })
	measure[[3]int32, float32]("12/4/false", func(i int) [3]int32 { return [3]int32{int32(i)} })
	measure[string, [200]byte]("16/200/true", text)
}
