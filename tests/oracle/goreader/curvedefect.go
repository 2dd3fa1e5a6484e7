package main

import (
	"internal/trace"
	"strings"
)

// curveDefect is what MutatorUtilizationV2 makes of mark workers. It remembers every goroutine that
// was ever one, and counts its P as busy both when such a goroutine starts and again at the label
// that follows, but as free only once, when it stops. A P that ran such a goroutine a second time is
// busy for ever; once all are, the utilisation is 0 to the end, the final 0 that marks the end is
// dropped as no change, and the curve ends there and then.
type curveDefect struct {
	Error string `json:"error"` // why Go's function has no result, "" when it has one
	// Count of labels of dedicated and fractional workers, and of those that came with a start
	// of a goroutine that had been labelled before: each leaves one P busy for good.
	Labels  int `json:"labels"`
	Repeats int `json:"repeats"`
	// Example is the first repeat: the events of its goroutine from the first label on.
	Example []curveEvent `json:"example"`
	// EndNs is where the curve of Go's function ends, and Final its last utilisation before that.
	EndNs int64   `json:"end_ns"`
	Final float64 `json:"final"`
}

type curveEvent struct {
	TimeNs    int64        `json:"time_ns"`
	Goroutine trace.GoID   `json:"goroutine"`
	Proc      trace.ProcID `json:"proc"`
	What      string       `json:"what"`
	// GC is the counter of the P that MutatorUtilizationV2 keeps, after the event.
	GC int `json:"gc"`
}

func defectOfCurve(events []trace.Event) curveDefect {
	found := curveDefect{}
	utils, err := goUtilization(events)
	if err != nil {
		found.Error = err.Error()
	} else if len(utils) > 0 && len(utils[0]) > 1 {
		curve := utils[0]
		found.EndNs, found.Final = curve[len(curve)-1].Time, curve[len(curve)-2].Util
	}
	known := make(map[trace.GoID]bool)
	counters := make(map[trace.ProcID]int)
	history := make(map[trace.GoID][]curveEvent)
	for i := range events {
		event := &events[i]
		g, what, delta := trace.NoGoroutine, "", 0
		if id, from, to, ok := goroutineTransition(event); ok && known[id] && from.Executing() != to.Executing() {
			g, what, delta = id, "stops", -1
			if to.Executing() {
				what, delta = "starts", 1
			}
		} else if event.Kind() == trace.EventLabel {
			label := event.Label().Label
			if !strings.HasPrefix(label, "GC ") || label == "GC (idle)" {
				continue
			}
			g, what, delta = event.Goroutine(), label, 1
			found.Labels++
		}
		if g == trace.NoGoroutine {
			continue
		}
		proc := event.Proc()
		counters[proc] += delta
		history[g] = append(history[g], curveEvent{int64(event.Time()), g, proc, what, counters[proc]})
		if strings.HasPrefix(what, "GC ") {
			if before := history[g]; known[g] && len(before) > 1 && before[len(before)-2].What == "starts" {
				found.Repeats++
				if found.Example == nil {
					found.Example = before
				}
			}
			known[g] = true
		}
	}
	return found
}
