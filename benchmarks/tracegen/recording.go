package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"sync/atomic"
	"time"
)

const (
	gcPercent = 40
	bufferLen = 1 << 20

	// A worker rests between its turns, so that quick ones leave the processors to the others,
	// and looks at least this often whether the trace has ended or fallen behind.
	shortestRest = time.Millisecond
	longestRest  = 5 * time.Millisecond
)

// recording is a running trace of this process.
type recording struct {
	ctx     context.Context // done when the file is large enough or time is up
	cancel  context.CancelFunc
	started time.Time
	rate    float64
	file    *os.File
	buffer  *bufio.Writer
	written atomic.Int64
	target  int64
}

// startRecording starts the tracer and the CPU profiler, and makes collections frequent.
func startRecording(ctx context.Context, opts options) (*recording, error) {
	file, err := os.Create(opts.output)
	if err != nil {
		return nil, err
	}
	rec := &recording{
		started: time.Now(),
		rate:    opts.rate,
		file:    file,
		buffer:  bufio.NewWriterSize(file, bufferLen),
		target:  opts.bytes,
	}
	rec.ctx, rec.cancel = context.WithTimeout(ctx, opts.limit)
	debug.SetGCPercent(gcPercent)
	// The profile itself is not wanted: its samples reach the trace.
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := trace.Start(rec); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return rec, nil
}

// Write takes a part of the trace from the tracer.
func (rec *recording) Write(part []byte) (int, error) {
	if rec.written.Add(int64(len(part))) >= rec.target {
		rec.cancel()
	}
	return rec.buffer.Write(part)
}

// turn rests until the trace is not ahead of its rate; false when the recording has ended.
func (rec *recording) turn() bool {
	for rest := shortestRest; rec.ctx.Err() == nil; {
		time.Sleep(min(max(rest, shortestRest), longestRest))
		due := float64(rec.written.Load()) / rec.rate
		rest = time.Duration(due*float64(time.Second)) - time.Since(rec.started)
		if rest <= 0 {
			return true
		}
	}
	return false
}

// stop ends the tracer and the profiler; the result is the size of the file.
func (rec *recording) stop() (int64, error) {
	trace.Stop()
	pprof.StopCPUProfile()
	rec.cancel()
	return rec.written.Load(), errors.Join(rec.buffer.Flush(), rec.file.Close())
}
