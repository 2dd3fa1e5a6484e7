package main

import (
	"internal/trace"
	"strings"
)

const (
	stopTheWorld = "stop-the-world ("
	gcCycle      = "GC concurrent mark phase"
	gcSweep      = "GC incremental sweep"
	gcAssist     = "GC mark assist"
)

// How the trace cut a range, as bits.
const (
	cutAtStart = 1
	cutAtEnd   = 2
)

// rangeOf is the range that an event begins, continues or ends.
func rangeOf(event *trace.Event) (named trace.Range, kind trace.EventKind, ok bool) {
	switch kind = event.Kind(); kind {
	case trace.EventRangeBegin, trace.EventRangeActive, trace.EventRangeEnd:
		return event.Range(), kind, true
	}
	return trace.Range{}, kind, false
}

// pause is one stop of the world.
type pause struct {
	Kind      string     `json:"kind"`
	Goroutine trace.GoID `json:"goroutine"`
	BeginNs   int64      `json:"begin_ns"`
	EndNs     int64      `json:"end_ns"`
	Cut       int        `json:"cut"`
}

type pauseFinder struct {
	found []pause
	open  map[trace.GoID]int64
	kind  string
}

func (f *pauseFinder) follow(event *trace.Event) {
	named, kind, ok := rangeOf(event)
	if !ok || !strings.HasPrefix(named.Name, stopTheWorld) {
		return
	}
	g := named.Scope.Goroutine()
	f.kind = strings.TrimSuffix(strings.TrimPrefix(named.Name, stopTheWorld), ")")
	switch kind {
	case trace.EventRangeBegin:
		f.open[g] = int64(event.Time())
	case trace.EventRangeEnd:
		f.found = append(f.found, pause{f.kind, g, f.open[g], int64(event.Time()), 0})
		delete(f.open, g)
	}
}

// end counts a pause that the end of the trace cuts; there is at most one.
func (f *pauseFinder) end(last int64) {
	for g, begin := range f.open {
		f.found = append(f.found, pause{f.kind, g, begin, last, cutAtEnd})
	}
}

// cycle is one GC cycle, from the begin of marking until its termination.
type cycle struct {
	BeginNs   int64  `json:"begin_ns"`
	EndNs     int64  `json:"end_ns"`
	HeapBytes uint64 `json:"heap_bytes"` // the last reading before it began
	Cut       int    `json:"cut"`
}

type cycleFinder struct {
	found  []cycle
	open   *cycle
	heap   uint64
	origin int64
}

func (f *cycleFinder) follow(event *trace.Event) {
	if event.Kind() == trace.EventMetric {
		if metric := event.Metric(); metric.Name == "/memory/classes/heap/objects:bytes" {
			f.heap = metric.Value.Uint64()
		}
		return
	}
	named, kind, ok := rangeOf(event)
	if !ok || named.Name != gcCycle {
		return
	}
	now := int64(event.Time())
	switch {
	case kind == trace.EventRangeBegin:
		f.open = &cycle{BeginNs: now, HeapBytes: f.heap}
	case kind == trace.EventRangeActive && f.open == nil:
		f.open = &cycle{BeginNs: f.origin, Cut: cutAtStart}
	case kind == trace.EventRangeEnd:
		f.open.EndNs = now
		f.found = append(f.found, *f.open)
		f.open = nil
	}
}

func (f *cycleFinder) end(last int64) {
	if f.open != nil {
		f.open.EndNs = last
		f.open.Cut |= cutAtEnd
		f.found = append(f.found, *f.open)
	}
}

// sweepTotals are the bytes of all sweeps that ended, and number and time of those that began too.
type sweepTotals struct {
	Whole          int   `json:"whole"`
	TotalNs        int64 `json:"total_ns"`
	SweptBytes     int64 `json:"swept_bytes"`
	ReclaimedBytes int64 `json:"reclaimed_bytes"`
	Cut            int   `json:"cut"` // begun before the trace, or not ended in it
}

type sweepFinder struct {
	totals sweepTotals
	busy   []busySpan
	open   map[trace.ProcID]int64
	cut    map[trace.ProcID]bool
	origin int64
}

func (f *sweepFinder) follow(event *trace.Event) {
	named, kind, ok := rangeOf(event)
	if !ok || named.Name != gcSweep {
		return
	}
	proc, now := named.Scope.Proc(), int64(event.Time())
	switch kind {
	case trace.EventRangeBegin:
		f.open[proc] = now
	case trace.EventRangeActive:
		if _, known := f.open[proc]; !known {
			f.open[proc] = f.origin
			f.cutOne(proc)
		}
	case trace.EventRangeEnd:
		f.close(event, proc, now)
	}
}

func (f *sweepFinder) cutOne(proc trace.ProcID) {
	if f.cut == nil {
		f.cut = make(map[trace.ProcID]bool)
	}
	f.cut[proc] = true
	f.totals.Cut++
}

func (f *sweepFinder) close(event *trace.Event, proc trace.ProcID, now int64) {
	begin := f.open[proc]
	delete(f.open, proc)
	f.busy = append(f.busy, busySpan{proc, begin, now})
	for _, attribute := range event.RangeAttributes() {
		switch attribute.Name {
		case "bytes swept":
			f.totals.SweptBytes += int64(attribute.Value.Uint64())
		case "bytes reclaimed":
			f.totals.ReclaimedBytes += int64(attribute.Value.Uint64())
		}
	}
	if f.cut[proc] {
		delete(f.cut, proc)
		return
	}
	f.totals.Whole++
	f.totals.TotalNs += now - begin
}

func (f *sweepFinder) end(last int64) {
	for proc, begin := range f.open {
		f.busy = append(f.busy, busySpan{proc, begin, last})
		if !f.cut[proc] {
			f.totals.Cut++
		}
	}
}
