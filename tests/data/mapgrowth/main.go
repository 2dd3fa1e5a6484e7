// Mapgrowth makes maps whose final lengths it knows, one function a site, and writes its heap
// profile: what growwork makes of the profile must agree with the lengths.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
)

type record struct {
	payload [200]byte
}

type index struct {
	byName map[string]*record
}

var (
	keep    any
	names   [20000]string
	lengths = map[string][]int{}
)

// lognormal draws lengths around a center.
func lognormal(rng *rand.Rand, center, spread float64) int {
	return max(1, int(center*math.Exp(spread*rng.NormFloat64())))
}

//go:noinline
func newIndex() *index {
	return &index{byName: make(map[string]*record)}
}

//go:noinline
func (ix *index) put(name string, r *record) {
	ix.byName[name] = r
}

//go:noinline
func countWords(n int) map[string]int {
	words := map[string]int{}
	for i := 0; i < n; i++ {
		words[names[i]]++
	}
	return words
}

//go:noinline
func largeValues(n int) map[int]record {
	byID := make(map[int]record)
	for i := 0; i < n; i++ {
		byID[i] = record{}
	}
	return byID
}

//go:noinline
func sameLineValues(n int) map[uint32][]byte {
	blobs := make(map[uint32][]byte)
	for i := 0; i < n; i++ {
		blobs[uint32(i)] = make([]byte, 288)
	}
	return blobs
}

//go:noinline
func oversized(n int) map[int]int {
	few := make(map[int]int, 5000)
	for i := 0; i < n; i++ {
		few[i] = i
	}
	return few
}

//go:noinline
func copied(from map[int]int) map[int]int {
	to := make(map[int]int)
	maps.Copy(to, from)
	return to
}

//go:noinline
func large(n int) map[[16]byte]bool {
	seen := make(map[[16]byte]bool)
	var key [16]byte
	for i := 0; i < n; i++ {
		key[0], key[1], key[2] = byte(i), byte(i>>8), byte(i>>16)
		seen[key] = true
	}
	return seen
}

func note(name string, n int) { lengths[name] = append(lengths[name], n) }

func main() {
	rate, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	runtime.MemProfileRate = rate
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	for i := range names {
		names[i] = fmt.Sprint("name-", i)
	}
	rng := rand.New(rand.NewSource(1))
	for i := 0; i < count; i++ {
		n := lognormal(rng, 60, 0.8)
		ix := newIndex()
		for j := 0; j < n; j++ {
			ix.put(names[j], nil)
		}
		keep = ix
		note("newIndex", n)

		n = lognormal(rng, 200, 0.4)
		keep = countWords(n)
		note("countWords", n)

		n = lognormal(rng, 30, 0.5)
		keep = largeValues(n)
		note("largeValues", n)

		n = lognormal(rng, 40, 0.6)
		keep = sameLineValues(n)
		note("sameLineValues", n)

		if i%10 == 0 {
			keep = oversized(50)
			note("oversized", 50)
			n = lognormal(rng, 3000, 0.2)
			keep = large(n)
			note("large", n)
		}

		n = lognormal(rng, 100, 0.3)
		from := make(map[int]int, n)
		for j := 0; j < n; j++ {
			from[j] = j
		}
		keep = copied(from)
		note("copied", n)
	}
	runtime.GC()
	write(os.Args[3]+".debug1", 1)
	write(os.Args[3]+".pprof", 0)
	if err := json.NewEncoder(os.Stdout).Encode(lengths); err != nil {
		panic(err)
	}
}

func write(name string, debug int) {
	file, err := os.Create(name)
	if err != nil {
		panic(err)
	}
	if err := pprof.Lookup("allocs").WriteTo(file, debug); err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
}
