package main

import (
	"internal/trace"
	"strings"
)

// workerRun is one run of a mark worker: from its label until its goroutine left the P.
type workerRun struct {
	Goroutine trace.GoID   `json:"goroutine"`
	Proc      trace.ProcID `json:"proc"`
	Label     string       `json:"label"`
	BeginNs   int64        `json:"begin_ns"`
	EndNs     int64        `json:"end_ns"`
	Cut       int          `json:"cut"`
}

type workerFinder struct {
	found      []workerRun
	busy       []busySpan
	open       map[trace.GoID]workerRun
	scheduling *scheduling
}

func newWorkerFinder(s *scheduling) *workerFinder {
	return &workerFinder{open: make(map[trace.GoID]workerRun), scheduling: s}
}

func (f *workerFinder) follow(event *trace.Event) {
	now := int64(event.Time())
	if run, ok := f.open[f.scheduling.stopped]; ok {
		f.close(run, now)
	}
	if event.Kind() != trace.EventLabel {
		return
	}
	label, g := event.Label().Label, event.Goroutine()
	if run, ok := f.open[g]; ok {
		f.close(run, now)
	}
	if strings.HasPrefix(label, "GC (") {
		f.open[g] = workerRun{Goroutine: g, Proc: event.Proc(), Label: label, BeginNs: now}
	}
}

// close ends a run. Idle workers take nothing from the program: their Ps had nothing else to do.
func (f *workerFinder) close(run workerRun, now int64) {
	run.EndNs = now
	f.found = append(f.found, run)
	if run.Label != "GC (idle)" {
		f.busy = append(f.busy, busySpan{run.Proc, run.BeginNs, now})
	}
	delete(f.open, run.Goroutine)
}

func (f *workerFinder) end(last int64) {
	for _, run := range f.open {
		run.Cut = cutAtEnd
		f.close(run, last)
	}
}
