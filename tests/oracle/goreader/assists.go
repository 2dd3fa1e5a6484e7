package main

import "internal/trace"

// assist is one mark assist. Off is the part in which its goroutine did not run: it was preempted,
// it yielded, or it waited for work. An assist that was under way when the trace began counts from
// the trace's begin; whether it ran before the trace first mentions it is what it did then.
type assist struct {
	Goroutine trace.GoID `json:"goroutine"`
	BeginNs   int64      `json:"begin_ns"`
	EndNs     int64      `json:"end_ns"`
	OffNs     int64      `json:"off_ns"`
	Stack     uint64     `json:"stack"`
	Cut       int        `json:"cut"`
}

// openAssist runs since the time of that name, or is off since then.
type openAssist struct {
	assist
	runs  bool
	since int64
}

type assistFinder struct {
	found      []assist
	busy       []busySpan
	open       map[trace.GoID]*openAssist
	scheduling *scheduling
	stacks     map[trace.Stack]uint64
	origin     int64
}

func newAssistFinder(s *scheduling, stacks map[trace.Stack]uint64, origin int64) *assistFinder {
	return &assistFinder{
		open: make(map[trace.GoID]*openAssist), scheduling: s, stacks: stacks, origin: origin,
	}
}

func (f *assistFinder) follow(event *trace.Event) {
	now := int64(event.Time())
	if one := f.open[f.scheduling.stopped]; one != nil {
		f.pass(one, f.scheduling.stoppedProc, now)
		one.runs = false
	}
	if one := f.open[f.scheduling.started]; one != nil {
		f.pass(one, trace.NoProc, now)
		one.runs = true
	}
	named, kind, ok := rangeOf(event)
	if !ok || named.Name != gcAssist {
		return
	}
	g := named.Scope.Goroutine()
	proc, runs := f.scheduling.procs[g]
	switch kind {
	case trace.EventRangeBegin:
		stack := stackHash(event.Stack(), f.stacks)
		f.open[g] = &openAssist{assist{Goroutine: g, BeginNs: now, Stack: stack}, runs, now}
	case trace.EventRangeActive:
		if f.open[g] == nil {
			cut := assist{Goroutine: g, BeginNs: f.origin, Cut: cutAtStart}
			f.open[g] = &openAssist{cut, runs, f.origin}
		}
	case trace.EventRangeEnd:
		f.pass(f.open[g], proc, now)
		f.close(f.open[g], now)
	}
}

// pass counts the time since the last change, in which the goroutine ran on proc or did not run.
func (f *assistFinder) pass(one *openAssist, proc trace.ProcID, now int64) {
	if one.runs {
		f.busy = append(f.busy, busySpan{proc, one.since, now})
	} else {
		one.OffNs += now - one.since
	}
	one.since = now
}

func (f *assistFinder) close(one *openAssist, now int64) {
	one.EndNs = now
	f.found = append(f.found, one.assist)
	delete(f.open, one.Goroutine)
}

func (f *assistFinder) end(last int64) {
	for g, one := range f.open {
		f.pass(one, f.scheduling.procs[g], last)
		one.Cut |= cutAtEnd
		f.close(one, last)
	}
}
