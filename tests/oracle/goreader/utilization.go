package main

import (
	"cmp"
	"internal/trace"
	"slices"
	"strings"
)

// busySpan is a time in which a P worked for the GC alone.
type busySpan struct {
	proc       trace.ProcID
	begin, end int64
}

// utilizationStep says how many of the Ps worked for the GC from a time on.
type utilizationStep struct {
	TimeNs  int64 `json:"time_ns"`
	GCProcs int   `json:"gc_procs"`
	Procs   int   `json:"procs"`
}

// procsFinder follows GOMAXPROCS.
type procsFinder struct {
	steps []utilizationStep
}

func (f *procsFinder) follow(event *trace.Event) {
	if event.Kind() != trace.EventMetric {
		return
	}
	if metric := event.Metric(); metric.Name == "/sched/gomaxprocs:threads" {
		procs := int(metric.Value.Uint64())
		f.steps = append(f.steps, utilizationStep{TimeNs: int64(event.Time()), Procs: procs})
	}
}

// change is what happens to one P, or with proc -1 to the world, at a time.
type change struct {
	time  int64
	proc  trace.ProcID
	delta int
	procs int // the new GOMAXPROCS; 0 for no change
}

// utilization counts the Ps that work for the GC: all of them while it has stopped the world, else
// those that sweep, assist, or run a dedicated or fractional worker. It follows the definition of
// MutatorUtilizationV2 with UtilSTW, UtilBackground, UtilAssist and UtilSweep, but is made from
// spans. It begins when GOMAXPROCS is known.
func utilization(procs []utilizationStep, busy []busySpan, pauses []pause, last int64) []utilizationStep {
	if len(procs) == 0 {
		return nil
	}
	origin := procs[0].TimeNs
	var changes []change
	for _, span := range busy {
		begin := max(span.begin, origin)
		if begin < span.end {
			changes = append(changes, change{begin, span.proc, 1, 0}, change{span.end, span.proc, -1, 0})
		}
	}
	for _, one := range pauses {
		if strings.Contains(one.Kind, "GC") && one.EndNs > origin {
			begin := max(one.BeginNs, origin)
			changes = append(changes, change{begin, trace.NoProc, 1, 0}, change{one.EndNs, trace.NoProc, -1, 0})
		}
	}
	for _, step := range procs {
		changes = append(changes, change{step.TimeNs, trace.NoProc, 0, step.Procs})
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.time, b.time) })
	return sweepLine(changes, last)
}

func sweepLine(changes []change, last int64) []utilizationStep {
	var steps []utilizationStep
	working := make(map[trace.ProcID]int)
	now := utilizationStep{}
	for i, one := range changes {
		working[one.proc] += one.delta
		if one.procs != 0 {
			now.Procs = one.procs
		}
		if i+1 < len(changes) && changes[i+1].time == one.time || one.time >= last {
			continue
		}
		now.TimeNs, now.GCProcs = one.time, countWorking(working, now.Procs)
		if n := len(steps); n == 0 || steps[n-1].GCProcs != now.GCProcs || steps[n-1].Procs != now.Procs {
			steps = append(steps, now)
		}
	}
	return steps
}

func countWorking(working map[trace.ProcID]int, procs int) int {
	if working[trace.NoProc] > 0 {
		return procs
	}
	count := 0
	for proc, spans := range working {
		if spans > 0 && proc >= 0 && int(proc) < procs {
			count++
		}
	}
	return count
}
