package probe

import (
	"io"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"time"
)

const (
	firstSnapshot = 500 * time.Millisecond
	snapshotEvery = 2 * time.Second
	textEvery     = 5   // every fifth snapshot is also written as text
	restFactor    = 100 // a snapshot that took d is followed by at least 100 d of rest
)

// heapSnapshots keeps a recent heap profile on disk. The profile changes only when a GC cycle
// ends, so a snapshot is taken only after one.
type heapSnapshots struct {
	due        time.Duration
	snapshots  int
	slowest    time.Duration
	lastCycles uint64
	cycles     [1]metrics.Sample
}

func (h *heapSnapshots) periodic(dir string, now time.Duration) error {
	if h.due == 0 {
		h.due = firstSnapshot
	}
	if now < h.due {
		return nil
	}
	h.cycles[0].Name = "/gc/cycles/total:gc-cycles"
	metrics.Read(h.cycles[:])
	cycles := h.cycles[0].Value.Uint64()
	if cycles == h.lastCycles {
		return nil
	}
	h.lastCycles = cycles
	begin := time.Now()
	err := writeHeap(dir, "heap.pprof", 0)
	if err == nil && h.snapshots%textEvery == 0 {
		err = writeHeap(dir, "heap.debug1.txt", 1)
	}
	took := time.Since(begin)
	h.snapshots++
	if took > h.slowest {
		h.slowest = took
	}
	rest := snapshotEvery
	if took*restFactor > rest {
		rest = took * restFactor
	}
	h.due = now + took + rest
	return err
}

// end writes the last profile after a full GC, so that it holds every allocation so far.
func (h *heapSnapshots) end(dir string) error {
	runtime.GC()
	h.snapshots++
	if err := writeHeap(dir, "heap.pprof", 0); err != nil {
		return err
	}
	return writeHeap(dir, "heap.debug1.txt", 1)
}

func writeHeap(dir, name string, debug int) error {
	return replaceWith(dir+"/"+name, func(w io.Writer) error {
		return pprof.Lookup("heap").WriteTo(w, debug)
	})
}
