package probe

import (
	"os"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	shortSegment  = 10 * time.Second
	shortSegments = 12 // two minutes; after them segments are long, to bound the number of files
	longSegment   = time.Minute
)

// cpuSegments takes the CPU profile in segments: runtime/pprof writes a profile only when it is
// stopped, so a crash loses the segment being taken. While it runs, the same samples are also in
// the execution trace.
type cpuSegments struct {
	mu      sync.Mutex
	dir     string
	number  int
	written int
	current *segment
	ended   bool
}

// A segment receives one profile. The first write tells that the profile was stopped: by us, or
// by the program's own StopCPUProfile.
type segment struct {
	file   *os.File
	closed atomic.Bool
}

func (s *segment) Write(p []byte) (int, error) {
	s.closed.Store(true)
	return s.file.Write(p)
}

func (c *cpuSegments) begin(dir string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dir = dir
	return c.startLocked()
}

func (c *cpuSegments) rotate(quit <-chan struct{}) error {
	for {
		length := shortSegment
		if c.number > shortSegments {
			length = longSegment
		}
		timer := time.NewTimer(length)
		select {
		case <-quit:
			timer.Stop()
			return nil
		case <-timer.C:
		}
		if err := c.next(); err != nil {
			return err
		}
	}
}

func (c *cpuSegments) next() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil
	}
	if err := c.finishLocked(); err != nil {
		return err
	}
	// An error means that the program profiles itself now; the next segment tries again.
	_ = c.startLocked()
	return nil
}

func (c *cpuSegments) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	return c.finishLocked()
}

func (c *cpuSegments) startLocked() error {
	path := c.dir + "/cpu." + pad3(c.number+1) + ".pprof.tmp"
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	next := &segment{file: file}
	if err := pprof.StartCPUProfile(next); err != nil {
		file.Close()
		os.Remove(path)
		return err
	}
	c.number++
	c.current = next
	return nil
}

func (c *cpuSegments) finishLocked() error {
	ending := c.current
	if ending == nil {
		return nil
	}
	c.current = nil
	if !ending.closed.Load() {
		// Otherwise the program stopped ours, and a profile that runs now is its own.
		pprof.StopCPUProfile()
	}
	if err := ending.file.Close(); err != nil {
		return err
	}
	c.written++
	path := c.dir + "/cpu." + pad3(c.number) + ".pprof"
	return os.Rename(path+".tmp", path)
}

func pad3(n int) string {
	digits := strconv.Itoa(n)
	for len(digits) < 3 {
		digits = "0" + digits
	}
	return digits
}
