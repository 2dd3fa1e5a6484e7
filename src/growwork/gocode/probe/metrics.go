package probe

import (
	"bufio"
	"math"
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// wanted are the metrics of the series; names that a release lacks are left out. A name that
// ends in a slash stands for all below it.
var wanted = []string{
	"/cpu/classes/gc/",
	"/cpu/classes/idle:cpu-seconds",
	"/cpu/classes/total:cpu-seconds",
	"/cpu/classes/user:cpu-seconds",
	"/gc/cycles/",
	"/gc/gogc:percent",
	"/gc/gomemlimit:bytes",
	"/gc/heap/allocs:bytes",
	"/gc/heap/allocs:objects",
	"/gc/heap/frees:bytes",
	"/gc/heap/frees:objects",
	"/gc/heap/goal:bytes",
	"/gc/heap/live:bytes",
	"/gc/heap/objects:objects",
	"/gc/limiter/last-enabled:gc-cycle",
	"/gc/pauses:seconds",
	"/gc/scan/",
	"/memory/classes/heap/objects:bytes",
	"/memory/classes/heap/released:bytes",
	"/memory/classes/heap/unused:bytes",
	"/memory/classes/total:bytes",
	"/sched/gomaxprocs:threads",
	"/sched/goroutines:goroutines",
	"/sched/pauses/",
}

const samplesPerRate = 18000 // half an hour at the first rate; then the rate halves, and so on

// A metricSeries appends one JSON line per sample to metrics.jsonl.
type metricSeries struct {
	file    *os.File
	out     *bufio.Writer
	samples []metrics.Sample
	line    []byte
	count   int
	every   time.Duration
	due     time.Duration
	flushed time.Duration
}

func (s *metricSeries) begin(dir string) error {
	for _, description := range metrics.All() {
		if isWanted(description.Name) {
			s.samples = append(s.samples, metrics.Sample{Name: description.Name})
		}
	}
	file, err := os.Create(dir + "/metrics.jsonl")
	if err != nil {
		return err
	}
	s.file, s.out, s.every = file, bufio.NewWriterSize(file, 32<<10), tick
	return s.sample(0)
}

func isWanted(name string) bool {
	for _, entry := range wanted {
		if name == entry || strings.HasSuffix(entry, "/") && strings.HasPrefix(name, entry) {
			return true
		}
	}
	return false
}

func (s *metricSeries) sample(now time.Duration) error {
	if s.file == nil || now < s.due {
		return nil
	}
	s.due = now + s.every - tick/2
	if s.count++; s.count%samplesPerRate == 0 {
		s.every *= 2
	}
	if err := s.write(); err != nil {
		return err
	}
	if now-s.flushed < time.Second {
		return nil
	}
	s.flushed = now
	return s.out.Flush()
}

func (s *metricSeries) write() error {
	metrics.Read(s.samples)
	line := append(s.line[:0], `{"time_ns":`...)
	line = strconv.AppendInt(line, nanotime(), 10)
	line = append(line, `,"values":{`...)
	for i := range s.samples {
		if i > 0 {
			line = append(line, ',')
		}
		line = appendString(line, s.samples[i].Name)
		line = append(line, ':')
		line = appendMetric(line, s.samples[i].Value)
	}
	line = append(line, "}}\n"...)
	s.line = line
	_, err := s.out.Write(line)
	return err
}

func (s *metricSeries) end() error {
	if s.file == nil {
		return nil
	}
	err := s.write()
	if flushErr := s.out.Flush(); err == nil {
		err = flushErr
	}
	if closeErr := s.file.Close(); err == nil {
		err = closeErr
	}
	s.file = nil
	return err
}

func appendMetric(line []byte, value metrics.Value) []byte {
	switch value.Kind() {
	case metrics.KindUint64:
		return strconv.AppendUint(line, value.Uint64(), 10)
	case metrics.KindFloat64:
		return appendFloat(line, value.Float64())
	case metrics.KindFloat64Histogram:
		return appendHistogram(line, value.Float64Histogram())
	}
	return append(line, "null"...)
}

// appendHistogram writes what a cumulative histogram says about its samples: their count, and
// upper bounds of the median, the 99th percentile and the maximum.
func appendHistogram(line []byte, h *metrics.Float64Histogram) []byte {
	var total uint64
	for _, count := range h.Counts {
		total += count
	}
	line = append(line, `{"count":`...)
	line = strconv.AppendUint(line, total, 10)
	for _, point := range []struct {
		name string
		rank uint64
	}{{"p50", total - total/2}, {"p99", total - total/100}, {"max", total}} {
		line = append(line, `,"`...)
		line = append(line, point.name...)
		line = append(line, `":`...)
		line = appendFloat(line, upperBound(h, point.rank))
	}
	return append(line, '}')
}

func upperBound(h *metrics.Float64Histogram, rank uint64) float64 {
	if rank == 0 {
		return 0
	}
	var seen uint64
	for i, count := range h.Counts {
		if seen += count; seen >= rank {
			if bound := h.Buckets[i+1]; !math.IsInf(bound, 0) {
				return bound
			}
			return h.Buckets[i]
		}
	}
	return 0
}
