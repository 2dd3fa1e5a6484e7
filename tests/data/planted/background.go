package main

import (
	"hash/crc32"
	"math/rand"
	"sync"
	"time"
)

// node is a small object with pointers, as most of a heap is.
type node struct {
	left, right *node
	key         uint64
	rest        [5]uint64
}

// newGraph is a heap to mark: nodes that point at each other without any order.
func newGraph(n int) []*node {
	nodes := make([]*node, n)
	for i := range nodes {
		nodes[i] = &node{key: uint64(i)}
	}
	rng := rand.New(rand.NewSource(1))
	for _, one := range nodes {
		one.left, one.right = nodes[rng.Intn(n)], nodes[rng.Intn(n)]
	}
	return nodes
}

// entry makes a table of a Swiss map large: 64 KiB, that of 1024 slots.
type entry [7]uint64

// newIndex is a map of n entries, filled one by one.
func newIndex(n int) map[uint64]entry {
	index := make(map[uint64]entry)
	for i := uint64(0); i < uint64(n); i++ {
		index[i] = entry{i}
	}
	return index
}

// background starts goroutines that do a little work now and then and pass it on; it returns what
// stops them. They allocate next to nothing, so that the GC's work is that of the pauses.
func background() (stop func()) {
	var group sync.WaitGroup
	quit := make(chan struct{})
	results := make(chan uint32)
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			work(quit, results)
		}()
	}
	group.Add(1)
	go func() {
		defer group.Done()
		collect(quit, results)
	}()
	return func() {
		close(quit)
		group.Wait()
	}
}

func work(quit <-chan struct{}, results chan<- uint32) {
	var buffer [1 << 14]byte
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-quit:
			return
		case <-ticker.C:
		}
		select {
		case <-quit:
			return
		case results <- crc32.ChecksumIEEE(buffer[:]):
		}
	}
}

func collect(quit <-chan struct{}, results <-chan uint32) {
	var all uint32
	for {
		select {
		case <-quit:
			return
		case result := <-results:
			all ^= result
		}
	}
}
