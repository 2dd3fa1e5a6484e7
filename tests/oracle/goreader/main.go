// Goreader prints what Go's own trace reader makes of a trace: the oracle of our decoder.
//
// It is built in the place of cmd/trace by an overlay, because internal/trace cannot be imported
// from outside GOROOT.
//
//	goreader hash FILE     one line of JSON: event counts per kind, and the stream hash
//	goreader events FILE   fixed-size records, one per event (see record)
//	goreader analysis FILE one line of JSON: what the events mean (see findings)
//
// The exit status is 1 when the reader rejects the trace; hash and events are printed of what came
// before.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"internal/trace"
	"io"
	"os"
)

// record is one event: numbers as they are, texts and stacks as FNV-1a hashes, 0 for none.
type record struct {
	Kind       int64
	M, P, G    int64
	Time       int64
	Stack      uint64
	ExtraStack uint64 // the start function of a new goroutine
	Subject    int64  // goroutine, proc, task, or value of a metric
	To         int64  // the state a transition ends in
	Text       uint64 // reason, name, label, category
	Text2      uint64 // message of a log
	Extra      int64  // task of a region, bytes of a sweep, second argument of an experiment
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: goreader hash|events|analysis FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(mode, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader, err := trace.NewReader(bufio.NewReaderSize(file, 1<<20))
	if err != nil {
		return err
	}
	switch mode {
	case "hash":
		return hash(reader)
	case "events":
		return events(reader)
	case "analysis":
		return analysis(reader)
	}
	return fmt.Errorf("unknown mode %s", mode)
}

// each calls f for every event; the error is the reader's.
func each(reader *trace.Reader, f func(*trace.Event) error) error {
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(&event); err != nil {
			return err
		}
	}
}

func hash(reader *trace.Reader) error {
	const prime = 1099511628211
	counts := make(map[string]int)
	var kinds [64]int
	var sum uint64
	broken := each(reader, func(event *trace.Event) error {
		kinds[event.Kind()]++
		for _, field := range [4]int64{
			int64(event.Thread()), int64(event.Proc()), int64(event.Goroutine()), int64(event.Time()),
		} {
			sum = sum*prime ^ uint64(field)
		}
		return nil
	})
	total := 0
	for kind, count := range kinds {
		if count != 0 {
			counts[trace.EventKind(kind).String()] = count
			total += count
		}
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]any{
		"events": total, "hash": fmt.Sprintf("%016x", sum), "kinds": counts,
	}); err != nil {
		return err
	}
	return broken
}

func events(reader *trace.Reader) error {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	stacks := make(map[trace.Stack]uint64)
	broken := each(reader, func(event *trace.Event) error {
		return binary.Write(out, binary.LittleEndian, describe(event, stacks))
	})
	if err := out.Flush(); err != nil {
		return err
	}
	return broken
}

func describe(event *trace.Event, stacks map[trace.Stack]uint64) *record {
	r := &record{
		Kind:  int64(event.Kind()),
		M:     int64(event.Thread()),
		P:     int64(event.Proc()),
		G:     int64(event.Goroutine()),
		Time:  int64(event.Time()),
		Stack: stackHash(event.Stack(), stacks),
	}
	switch event.Kind() {
	case trace.EventMetric:
		metric := event.Metric()
		r.Text = textHash(metric.Name)
		r.Subject = int64(metric.Value.Uint64())
	case trace.EventLabel:
		r.Text = textHash(event.Label().Label)
	case trace.EventRangeBegin, trace.EventRangeActive, trace.EventRangeEnd:
		describeRange(event, r)
	case trace.EventTaskBegin, trace.EventTaskEnd:
		task := event.Task()
		r.Subject, r.Text, r.Extra = int64(task.ID), textHash(task.Type), int64(task.Parent)
	case trace.EventRegionBegin, trace.EventRegionEnd:
		region := event.Region()
		r.Subject, r.Text = int64(region.Task), textHash(region.Type)
	case trace.EventLog:
		log := event.Log()
		r.Subject, r.Text, r.Text2 = int64(log.Task), textHash(log.Category), textHash(log.Message)
	case trace.EventStateTransition:
		describeTransition(event, r, stacks)
	}
	return r
}

func describeRange(event *trace.Event, r *record) {
	named := event.Range()
	r.Text = textHash(named.Name)
	switch named.Scope.Kind {
	case trace.ResourceGoroutine:
		r.Subject = int64(named.Scope.Goroutine())
	case trace.ResourceProc:
		r.Subject = int64(named.Scope.Proc())
	}
	if event.Kind() == trace.EventRangeEnd {
		for _, attribute := range event.RangeAttributes() {
			r.Extra = r.Extra*31 + int64(attribute.Value.Uint64())
		}
	}
}

func describeTransition(event *trace.Event, r *record, stacks map[trace.Stack]uint64) {
	transition := event.StateTransition()
	r.Text = textHash(transition.Reason)
	switch transition.Resource.Kind {
	case trace.ResourceGoroutine:
		_, to := transition.Goroutine()
		r.Subject, r.To = int64(transition.Resource.Goroutine()), int64(to)
	case trace.ResourceProc:
		_, to := transition.Proc()
		r.Subject, r.To = int64(transition.Resource.Proc()), int64(to)
	}
	if extra := stackHash(transition.Stack, stacks); extra != r.Stack {
		r.ExtraStack = extra
	}
}

func textHash(text string) uint64 {
	if text == "" {
		return 0
	}
	sum := fnv.New64a()
	io.WriteString(sum, text)
	return sum.Sum64()
}

// stackHash covers every frame: pc, function, file, line.
func stackHash(stack trace.Stack, known map[trace.Stack]uint64) uint64 {
	if stack == trace.NoStack {
		return 0
	}
	if sum, ok := known[stack]; ok {
		return sum
	}
	sum := fnv.New64a()
	frames := 0
	stack.Frames()(func(frame trace.StackFrame) bool {
		fmt.Fprintf(sum, "%x\x00%s\x00%s\x00%d\n", frame.PC, frame.Func, frame.File, frame.Line)
		frames++
		return true
	})
	var value uint64
	if frames > 0 {
		value = sum.Sum64()
	}
	known[stack] = value
	return value
}
