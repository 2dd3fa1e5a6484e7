// Package loadgen drives a shop with a closed loop of clients. Every request is a function of
// the seed and its number, so a run does the same work however its clients interleave.
package loadgen

import (
	"example.com/storefront/internal/rng"
)

// kind is what a request does.
type kind int

const (
	browse kind = iota
	find
	quotes
	stock
	wave
	order
	recommend
	addToCart
	setting
)

// block is the number of requests after which the mix of kinds repeats.
const block = 100

// mix is how many requests of a block are of each kind; the shares add up to block.
var mix = [...]int{
	browse:    18,
	find:      24,
	quotes:    20,
	stock:     10,
	wave:      8,
	order:     13,
	recommend: 5,
	addToCart: 1,
	setting:   1,
}

// Epochs, in blocks: a business day of warehouse counts and the life of a price list.
const (
	blocksPerDay  = 10
	blocksPerList = 25
)

// slot is one place in a block.
type slot struct {
	kind    kind
	ordinal int // among the requests of this kind in the block
}

// task is one request of the plan.
type task struct {
	number int
	kind   kind
	serial int // among all requests of this kind
	block  int
	random *rng.Source
}

// plan knows what every request of a run does.
type plan struct {
	seed  uint64
	slots [block]slot
}

// newPlan shuffles the mix of a block.
func newPlan(seed uint64) *plan {
	p := &plan{seed: seed}
	n := 0
	for k, share := range mix {
		for i := 0; i < share; i++ {
			p.slots[n] = slot{kind: kind(k)}
			n++
		}
	}
	r := rng.New(seed)
	for i := len(p.slots) - 1; i > 0; i-- {
		j := r.Intn(i + 1)
		p.slots[i], p.slots[j] = p.slots[j], p.slots[i]
	}
	var seen [len(mix)]int
	for i := range p.slots {
		k := p.slots[i].kind
		p.slots[i].ordinal = seen[k]
		seen[k]++
	}
	return p
}

// task returns the request of a number, counted from 0.
func (p *plan) task(number int) task {
	s := p.slots[number%block]
	return task{
		number: number,
		kind:   s.kind,
		serial: number/block*mix[s.kind] + s.ordinal,
		block:  number / block,
		random: rng.Derive(p.seed, uint64(number)),
	}
}
