package main

import "strconv"

const (
	// The maps are dropped at these sizes and grown anew: from tens of bytes to some megabytes,
	// through every growth on the way.
	pointersPerMap = 60_000
	numbersPerMap  = 250_000
	entriesPerTurn = 2_000
)

// order is a value that the collector has to follow.
type order struct {
	name  string
	lines []int
	next  *order
}

// growPointers fills maps whose values the collector must scan.
func growPointers(rec *recording) {
	var previous map[uint64]*order // the map before stays alive: the heap goal follows it
	for rec.ctx.Err() == nil {
		orders := make(map[uint64]*order)
		byName := make(map[string]*order)
		var last *order
		for key := uint64(0); len(orders) < pointersPerMap; key++ {
			if key%entriesPerTurn == 0 && !rec.turn() {
				return
			}
			last = &order{name: "order-" + strconv.FormatUint(key, 10), lines: make([]int, 4), next: last}
			orders[key*0x9E3779B97F4A7C15] = last
			if key%8 == 0 {
				byName[last.name] = last
				last.next = nil // bounds the chain
			}
		}
		previous = orders
	}
	_ = previous
}

// growNumbers fills maps without any pointer in them.
func growNumbers(rec *recording) {
	for rec.ctx.Err() == nil {
		counts := make(map[uint64]uint64)
		for key := uint64(0); len(counts) < numbersPerMap; key++ {
			if key%entriesPerTurn == 0 && !rec.turn() {
				return
			}
			counts[key*0x9E3779B97F4A7C15] += key
		}
	}
}
