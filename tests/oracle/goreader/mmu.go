package main

import (
	"fmt"
	"internal/trace"
	"math"
	"time"
)

// minimumUtilizations are the least that windows of a length leave the program.
type minimumUtilizations struct {
	WindowNs int64    `json:"window_ns"`
	Fixed    float64  `json:"fixed"` // of the steps found here, exactly
	Curve    float64  `json:"curve"` // of the same steps, by Go's MMUCurve
	Go       *float64 `json:"go"`    // by Go alone, from MutatorUtilizationV2; nil where that fails
}

// minimums compares the minimum mutator utilisations of 1, 2, 5, 10, … µs up to a second.
func minimums(steps []utilizationStep, last int64, events []trace.Event) []minimumUtilizations {
	if len(steps) == 0 || last <= steps[0].TimeNs {
		return nil
	}
	ours := trace.NewMMUCurve([][]trace.MutatorUtil{curveOf(steps, last)})
	utils, err := goUtilization(events)
	var theirs *trace.MMUCurve
	if err == nil {
		theirs = trace.NewMMUCurve(utils)
	}
	var found []minimumUtilizations
	for power := int64(1000); power <= 1_000_000_000; power *= 10 {
		for _, digit := range []int64{1, 2, 5} {
			window := power * digit
			if window > 1_000_000_000 {
				continue
			}
			one := minimumUtilizations{
				WindowNs: window,
				Fixed:    exactMinimum(steps, last, window),
				Curve:    ours.MMU(time.Duration(window)),
			}
			if theirs != nil {
				value := theirs.MMU(time.Duration(window))
				one.Go = &value
			}
			found = append(found, one)
		}
	}
	return found
}

// goUtilization is what Go itself makes of the events. It indexes Ps by the context of an event,
// which events of no thread do not have.
func goUtilization(events []trace.Event) (utils [][]trace.MutatorUtil, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("MutatorUtilizationV2: %v", reason)
		}
	}()
	flags := trace.UtilSTW | trace.UtilBackground | trace.UtilAssist | trace.UtilSweep
	return trace.MutatorUtilizationV2(events, flags), nil
}

func curveOf(steps []utilizationStep, last int64) []trace.MutatorUtil {
	utils := make([]trace.MutatorUtil, 0, len(steps)+1)
	for _, step := range steps {
		utils = append(utils, trace.MutatorUtil{
			Time: step.TimeNs, Util: 1 - float64(step.GCProcs)/float64(step.Procs),
		})
	}
	return append(utils, trace.MutatorUtil{Time: last})
}

// exactMinimum tries every window that begins or ends where the utilisation changes, in integers:
// mutator time is counted in parts of a nanosecond that every GOMAXPROCS of the trace divides.
func exactMinimum(steps []utilizationStep, last, window int64) float64 {
	parts := int64(1)
	for _, step := range steps {
		parts = leastCommonMultiple(parts, int64(step.Procs))
	}
	first := steps[0].TimeNs
	window = min(window, last-first)
	left, right := &integral{steps: steps, parts: parts}, &integral{steps: steps, parts: parts}
	least := int64(math.MaxInt64)
	try := func(begin int64) {
		least = min(least, right.until(begin+window)-left.until(begin))
	}
	begins, ends := 0, 0
	for begin := first; ; {
		try(begin)
		if begin == last-window {
			break
		}
		next := last - window
		for begins < len(steps) && steps[begins].TimeNs <= begin {
			begins++
		}
		if begins < len(steps) {
			next = min(next, steps[begins].TimeNs)
		}
		for ends < len(steps) && steps[ends].TimeNs-window <= begin {
			ends++
		}
		if ends < len(steps) {
			next = min(next, steps[ends].TimeNs-window)
		}
		begin = next
	}
	return float64(least) / (float64(window) * float64(parts))
}

// integral adds up the mutator's time from the first step on, for times that do not fall.
type integral struct {
	steps []utilizationStep
	parts int64
	at    int
	sum   int64 // until steps[at]
}

func (i *integral) until(time int64) int64 {
	for i.at+1 < len(i.steps) && i.steps[i.at+1].TimeNs <= time {
		i.sum += i.rate() * (i.steps[i.at+1].TimeNs - i.steps[i.at].TimeNs)
		i.at++
	}
	return i.sum + i.rate()*(time-i.steps[i.at].TimeNs)
}

// rate is the mutator's share now, in parts.
func (i *integral) rate() int64 {
	step := i.steps[i.at]
	return i.parts / int64(step.Procs) * int64(step.Procs-step.GCProcs)
}

func leastCommonMultiple(a, b int64) int64 {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}
