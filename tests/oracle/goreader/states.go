package main

import (
	"internal/trace"
	"slices"
)

// stateTotal sums the times goroutines spent in a state, as cmd/trace does for its profiles: a
// span is one when a transition ended it, begins with the first event that says that state, and
// belongs to the reason and the stack of that event.
type stateTotal struct {
	State   string `json:"state"`
	Before  string `json:"before"` // the state before
	Reason  string `json:"reason"`
	Stack   uint64 `json:"stack"`
	Count   int    `json:"count"`
	TotalNs int64  `json:"total_ns"`
	MaxNs   int64  `json:"max_ns"`
}

type stateKey struct {
	state, before trace.GoState
	reason        string
	stack         uint64
}

type stateSpan struct {
	key   stateKey
	begin int64
}

type stateFinder struct {
	open   map[trace.GoID]stateSpan
	sums   map[stateKey]*stateTotal
	order  []stateKey
	stacks map[trace.Stack]uint64
}

func newStateFinder(stacks map[trace.Stack]uint64) *stateFinder {
	return &stateFinder{
		open:   make(map[trace.GoID]stateSpan),
		sums:   make(map[stateKey]*stateTotal),
		stacks: stacks,
	}
}

func (f *stateFinder) follow(event *trace.Event) {
	g, from, to, ok := goroutineTransition(event)
	if !ok {
		return
	}
	now := int64(event.Time())
	if span, ok := f.open[g]; ok {
		if span.key.state == to {
			return // a status that says what is known
		}
		f.add(span.key, now-span.begin)
		delete(f.open, g)
	}
	if to != trace.GoNotExist {
		stack := stackHash(event.Stack(), f.stacks)
		f.open[g] = stateSpan{stateKey{to, from, event.StateTransition().Reason, stack}, now}
	}
}

func (f *stateFinder) add(key stateKey, duration int64) {
	sum := f.sums[key]
	if sum == nil {
		sum = &stateTotal{
			State: key.state.String(), Before: key.before.String(), Reason: key.reason, Stack: key.stack,
		}
		f.sums[key] = sum
		f.order = append(f.order, key)
	}
	sum.Count++
	sum.TotalNs += duration
	sum.MaxNs = max(sum.MaxNs, duration)
}

func (f *stateFinder) totals() []stateTotal {
	totals := make([]stateTotal, 0, len(f.order))
	for _, key := range f.order {
		totals = append(totals, *f.sums[key])
	}
	return slices.Clip(totals)
}
