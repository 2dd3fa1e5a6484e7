package probe

import (
	"os"
	"runtime"
	"strconv"
	"sync"
)

const maxErrors = 20

// status collects what collector.json says.
type status struct {
	mu          sync.Mutex
	rateAtStart int
	errors      []string
}

func (s *status) note(what, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := what + ": " + problem
	if len(s.errors) >= maxErrors {
		return
	}
	for _, known := range s.errors {
		if known == text {
			return
		}
	}
	s.errors = append(s.errors, text)
}

// writeStatus renews collector.json. An empty reason means that the recording still runs.
func (c *collector) writeStatus(reason string) error {
	line := []byte{'{'}
	line = appendStringField(line, "schema", "growwork/collector/1")
	line = appendStringField(line, "collector", Marker)
	line = strconv.AppendBool(appendField(line, "complete"), reason != "")
	line = appendStringField(line, "ended_by", reason)
	line = appendStringField(line, "go_version", runtime.Version())
	line = appendStringField(line, "goos", runtime.GOOS)
	line = appendStringField(line, "goarch", runtime.GOARCH)
	line = appendIntField(line, "pid", int64(os.Getpid()))
	line = appendIntField(line, "num_cpu", int64(runtime.NumCPU()))
	line = appendIntField(line, "gomaxprocs", int64(runtime.GOMAXPROCS(0)))
	line = appendIntField(line, "mem_profile_rate_start", int64(c.status.rateAtStart))
	line = appendIntField(line, "mem_profile_rate", int64(memProfileRate()))
	line = appendIntField(line, "start_unix_ns", c.start.UnixNano())
	line = appendIntField(line, "start_monotonic_ns", c.startNs)
	line = appendIntField(line, "duration_ns", nanotime()-c.startNs)
	line = appendStringField(line, "trace", c.trace.outcome)
	line = appendIntField(line, "trace_bytes", c.trace.written.Load())
	line = appendIntField(line, "cpu_segments", int64(c.cpu.written))
	line = appendIntField(line, "heap_snapshots", int64(c.heap.snapshots))
	line = appendIntField(line, "heap_snapshot_slowest_ns", int64(c.heap.slowest))
	line = appendIntField(line, "metric_samples", int64(c.metrics.count))
	line = appendIntField(line, "maps_observed", int64(c.lengths.observed))
	line = appendIntField(line, "maps_not_observed", int64(c.lengths.refused))
	c.status.mu.Lock()
	line = append(appendField(line, "errors"), '[')
	for i, text := range c.status.errors {
		if i > 0 {
			line = append(line, ',')
		}
		line = appendString(line, text)
	}
	c.status.mu.Unlock()
	line = append(line, "]}\n"...)
	return replaceFile(c.dir+"/collector.json", line)
}

// memProfileRate reads a variable that the program may set at any time.
//
//go:norace
func memProfileRate() int { return runtime.MemProfileRate }
