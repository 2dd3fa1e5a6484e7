// Package probe is growwork's collector. It is added to the standard library of one build with
// `go build -overlay`, as the package growwork/probe, and imported by the program's main
// package or tests. It does nothing unless the environment variable GROWWORK_RECORDING names a
// folder; then it writes the raw artefacts of a recording there while the program runs:
//
//	trace.out        execution trace, streamed, ended early at GROWWORK_TRACE_LIMIT bytes
//	cpu.NNN.pprof    CPU profile in segments, so that a crash loses only the last one
//	heap.pprof       heap profile, renewed every few seconds and at the end
//	heap.debug1.txt  the same as text, renewed less often (the text form stops the world)
//	metrics.jsonl    runtime/metrics, a line every 100 ms
//	lengths.jsonl    lengths of maps seen by Observe
//	collector.json   what was collected, and what went wrong
//
// It ends when the program exits, or when a file named `stop` appears in the folder. A program
// that is killed leaves what had been written; every file that is not appended to is replaced
// by renaming, so there is never half a file.
//
// The hard part is to stay out of the program's way: no signal is caught, no panic leaves this
// package, memory is bounded, and the variables that switched the collector on are removed from
// the environment again.
package probe

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Marker is in every binary that contains the collector; growwork looks for it.
const Marker = "growwork/probe collector, schema 1"

const (
	tick         = 100 * time.Millisecond
	finishWithin = 20 * time.Second // the program's exit waits no longer than this
)

// A collector is one process's recording in progress.
type collector struct {
	dir     string
	start   time.Time
	startNs int64 // runtime nanotime, the clock of the execution trace
	skip    map[string]bool

	trace   traceStream
	cpu     cpuSegments
	heap    heapSnapshots
	metrics metricSeries
	lengths lengthSnapshots

	status  status
	quit    chan struct{}
	watched chan struct{} // closed when the periodic work is over
	finish  sync.Once
	done    chan struct{}
}

// active tells Observe that there is a collector; it is read on every call.
var active atomic.Bool

func init() {
	dir := os.Getenv("GROWWORK_RECORDING")
	if dir == "" {
		return
	}
	options := takeEnvironment()
	if !claim(dir) {
		return
	}
	c := &collector{
		dir:     dir,
		start:   time.Now(),
		startNs: nanotime(),
		skip:    options.skip,
		quit:    make(chan struct{}),
		watched: make(chan struct{}),
		done:    make(chan struct{}),
	}
	c.status.rateAtStart = memProfileRate()
	c.begin(options)
	onExit(func() { c.stop("program exit") })
}

// options are the settings that arrive in the environment.
type options struct {
	traceLimit int64
	skip       map[string]bool
}

// takeEnvironment reads the collector's settings and removes them, so that neither the program
// nor its children see them. GODEBUG gets its former value back: the runtime has read the
// settings that growwork added (gctrace, memprofilerate) before any package was initialised.
func takeEnvironment() options {
	result := options{traceLimit: 256 << 20, skip: make(map[string]bool)}
	if limit, err := strconv.ParseInt(os.Getenv("GROWWORK_TRACE_LIMIT"), 10, 64); err == nil {
		result.traceLimit = limit
	}
	for _, name := range strings.Split(os.Getenv("GROWWORK_SKIP"), ",") {
		result.skip[name] = true
	}
	if former, set := os.LookupEnv("GROWWORK_GODEBUG"); set {
		if former == "" {
			os.Unsetenv("GODEBUG")
		} else {
			os.Setenv("GODEBUG", former)
		}
	}
	for _, name := range []string{"RECORDING", "TRACE_LIMIT", "SKIP", "GODEBUG"} {
		os.Unsetenv("GROWWORK_" + name)
	}
	return result
}

// claim makes this process the one that writes the folder. A second process of the same
// program (a child of itself, another test binary) stays silent, and leaves a note.
func claim(dir string) bool {
	file, err := os.OpenFile(dir+"/collector.claim", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err == nil {
		file.WriteString(strconv.Itoa(os.Getpid()) + "\n")
		file.Close()
		return true
	}
	if os.IsExist(err) {
		note, err := os.OpenFile(dir+"/collector.refused", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
		if err == nil {
			note.WriteString(strconv.Itoa(os.Getpid()) + " " + os.Args[0] + "\n")
			note.Close()
		}
	}
	return false
}

func (c *collector) begin(options options) {
	c.guard("sites", func() error { return writeEmbeddedFacts(c.dir) })
	if !c.skip["trace"] && options.traceLimit > 0 {
		c.guard("trace", func() error { return c.trace.begin(c.dir, options.traceLimit) })
	}
	if !c.skip["cpu"] {
		c.guard("cpu", func() error { return c.cpu.begin(c.dir) })
	}
	if !c.skip["metrics"] {
		c.guard("metrics", func() error { return c.metrics.begin(c.dir) })
	}
	active.Store(true)
	c.guard("status", func() error { return c.writeStatus("") })
	if !c.skip["cpu"] {
		go c.guard("cpu", func() error { return c.cpu.rotate(c.quit) })
	}
	go c.watch()
}

// watch does the periodic work until the end; it is one goroutine so that its cost is one
// timer and its steps never overlap.
func (c *collector) watch() {
	defer close(c.watched)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-c.quit:
			return
		case <-ticker.C:
		}
		if _, err := os.Stat(c.dir + "/stop"); err == nil {
			go c.stop("stop request")
			return
		}
		now := time.Since(c.start)
		if !c.skip["metrics"] {
			c.guard("metrics", func() error { return c.metrics.sample(now) })
		}
		if !c.skip["heap"] {
			c.guard("heap", func() error { return c.heap.periodic(c.dir, now) })
		}
		c.guard("lengths", func() error { return c.lengths.periodic(c.dir, now) })
	}
}

// stop writes everything that is still in memory, once, and returns when that is done or after
// finishWithin: a program that exits must not hang because its disk does.
func (c *collector) stop(reason string) {
	c.finish.Do(func() {
		close(c.quit)
		active.Store(false)
		go func() {
			defer close(c.done)
			c.flush(reason)
		}()
	})
	select {
	case <-c.done:
	case <-time.After(finishWithin):
	}
}

func (c *collector) flush(reason string) {
	<-c.watched
	if !c.skip["metrics"] {
		c.guard("metrics", c.metrics.end)
	}
	// The trace ends before the forced GC of the heap profile, which is no part of the program.
	if !c.skip["trace"] {
		c.guard("trace", c.trace.end)
	}
	if !c.skip["cpu"] {
		c.guard("cpu", c.cpu.end)
	}
	c.guard("lengths", func() error { return c.lengths.end(c.dir) })
	if !c.skip["heap"] {
		c.guard("heap", func() error { return c.heap.end(c.dir) })
	}
	c.guard("status", func() error { return c.writeStatus(reason) })
	c.guard("status", func() error { return replaceFile(c.dir+"/stopped", []byte(reason+"\n")) })
}

// guard runs one step of the collector: its error is noted, its panic goes no further.
func (c *collector) guard(what string, step func() error) {
	defer func() {
		if r := recover(); r != nil {
			c.status.note(what, "panic in the collector")
		}
	}()
	if err := step(); err != nil {
		c.status.note(what, err.Error())
	}
}
