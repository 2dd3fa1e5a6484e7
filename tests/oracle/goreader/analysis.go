package main

import (
	"encoding/json"
	"internal/trace"
	"os"
)

// findings is what an analysis prints. Times are nanoseconds on the trace's clock, stacks the
// hashes of mode events. It is made from Go's events alone and keeps them all: it is meant to be
// plain, not fast.
type findings struct {
	FirstNs     int64                 `json:"first_ns"`
	LastNs      int64                 `json:"last_ns"`
	Pauses      []pause               `json:"pauses"`
	Cycles      []cycle               `json:"cycles"`
	Sweeps      sweepTotals           `json:"sweeps"`
	Assists     []assist              `json:"assists"`
	Workers     []workerRun           `json:"workers"`
	States      []stateTotal          `json:"states"`
	Utilization []utilizationStep     `json:"utilization"`
	MMU         []minimumUtilizations `json:"mmu"`
	Curve       curveDefect           `json:"curve"`
}

// follower looks at every event once, in order.
type follower interface {
	follow(event *trace.Event)
}

func analysis(reader *trace.Reader) error {
	var events []trace.Event
	if err := each(reader, func(event *trace.Event) error {
		events = append(events, *event)
		return nil
	}); err != nil {
		return err
	}
	if len(events) == 0 {
		return json.NewEncoder(os.Stdout).Encode(findings{})
	}
	first, last := int64(events[0].Time()), int64(events[len(events)-1].Time())
	stacks := make(map[trace.Stack]uint64)
	scheduling := newScheduling()
	pauses := &pauseFinder{open: make(map[trace.GoID]int64)}
	cycles := &cycleFinder{origin: first}
	sweeps := &sweepFinder{open: make(map[trace.ProcID]int64), origin: first}
	assists := newAssistFinder(scheduling, stacks, first)
	workers := newWorkerFinder(scheduling)
	states := newStateFinder(stacks)
	procs := &procsFinder{}
	for i := range events {
		// The scheduling goes first: it says who runs where before and after the event.
		for _, one := range []follower{
			scheduling, pauses, cycles, sweeps, assists, workers, states, procs,
		} {
			one.follow(&events[i])
		}
	}
	pauses.end(last)
	cycles.end(last)
	sweeps.end(last)
	assists.end(last)
	workers.end(last)
	busy := append(append(sweeps.busy, assists.busy...), workers.busy...)
	steps := utilization(procs.steps, busy, pauses.found, last)
	return json.NewEncoder(os.Stdout).Encode(findings{
		FirstNs:     first,
		LastNs:      last,
		Pauses:      pauses.found,
		Cycles:      cycles.found,
		Sweeps:      sweeps.totals,
		Assists:     assists.found,
		Workers:     workers.found,
		States:      states.totals(),
		Utilization: steps,
		MMU:         minimums(steps, last, events),
		Curve:       defectOfCurve(events),
	})
}
