package main

import "internal/trace"

// scheduling knows which goroutine runs on which P, and what the last event changed of that.
type scheduling struct {
	procs map[trace.GoID]trace.ProcID // of the goroutines that run
	// The goroutine that the last event took from its P or gave one; NoGoroutine when it did neither.
	stopped, started trace.GoID
	stoppedProc      trace.ProcID
}

func newScheduling() *scheduling {
	return &scheduling{procs: make(map[trace.GoID]trace.ProcID)}
}

func (s *scheduling) follow(event *trace.Event) {
	s.stopped, s.started, s.stoppedProc = trace.NoGoroutine, trace.NoGoroutine, trace.NoProc
	g, _, to, ok := goroutineTransition(event)
	if !ok {
		return
	}
	proc, ran := s.procs[g]
	switch runs := to == trace.GoRunning; {
	case runs && !ran:
		s.procs[g] = event.Proc()
		s.started = g
	case !runs && ran:
		delete(s.procs, g)
		s.stopped, s.stoppedProc = g, proc
	}
}

// goroutineTransition is the transition of a goroutine that an event is, if it is one. The status
// of a goroutine at the start of a generation is one as well, from its state to the same.
func goroutineTransition(event *trace.Event) (g trace.GoID, from, to trace.GoState, ok bool) {
	if event.Kind() != trace.EventStateTransition {
		return trace.NoGoroutine, 0, 0, false
	}
	transition := event.StateTransition()
	if transition.Resource.Kind != trace.ResourceGoroutine {
		return trace.NoGoroutine, 0, 0, false
	}
	from, to = transition.Goroutine()
	return transition.Resource.Goroutine(), from, to, true
}
