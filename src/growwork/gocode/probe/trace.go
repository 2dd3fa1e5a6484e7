package probe

import (
	"errors"
	"os"
	"runtime/trace"
	"sync/atomic"
)

// A traceStream writes the execution trace to trace.out until a byte limit.
type traceStream struct {
	file    *os.File
	limit   int64
	written atomic.Int64
	full    atomic.Bool
	stopped chan struct{} // closed when the trace that reached the limit has ended
	running bool
	failed  atomic.Bool // a write failed: the disk is full, or the folder gone
	outcome string
}

func (t *traceStream) begin(dir string, limit int64) error {
	file, err := os.Create(dir + "/trace.out")
	if err != nil {
		return err
	}
	t.file, t.limit, t.stopped = file, limit, make(chan struct{})
	if err := trace.Start(t); err != nil {
		file.Close()
		os.Remove(dir + "/trace.out")
		t.outcome = "not started"
		return err
	}
	t.running = true
	t.outcome = "running"
	return nil
}

// Write passes on what the runtime hands out. At the limit it asks for the end but keeps
// writing: the runtime still owes the tables of the current generation, without which the
// part already written could not be read.
func (t *traceStream) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	if err != nil {
		t.failed.Store(true)
	}
	if t.written.Add(int64(n)) >= t.limit && t.full.CompareAndSwap(false, true) {
		go func() { // not from here: Stop waits for this writer
			defer close(t.stopped)
			trace.Stop()
		}()
	}
	return len(p), nil
}

func (t *traceStream) end() error {
	if !t.running {
		return nil
	}
	t.running = false
	switch {
	case t.full.Load():
		<-t.stopped
		t.outcome = "stopped at the byte limit"
	case !trace.IsEnabled():
		t.outcome = "stopped by the program"
	default:
		trace.Stop()
		t.outcome = "complete"
	}
	err := t.file.Close()
	if t.failed.Load() {
		t.outcome = "write failed"
		return errors.New("a write to trace.out failed")
	}
	return err
}
