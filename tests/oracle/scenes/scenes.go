package main

import (
	"context"
	"io"
	"iter"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"
)

// forDuration runs functions side by side, each again and again until the time is over.
func forDuration(duration time.Duration, work ...func()) {
	end := time.Now().Add(duration)
	var group sync.WaitGroup
	for _, one := range work {
		group.Add(1)
		go func() {
			defer group.Done()
			for time.Now().Before(end) {
				one()
			}
		}()
	}
	group.Wait()
}

type node struct {
	next *node
	rest [6]uint64
}

var live struct {
	sync.Mutex
	nodes *node
}

// mixed is a little of everything at once.
func mixed(duration time.Duration) {
	forDuration(duration, growMap, growMap, readFile, func() { throughPipe(time.Millisecond) },
		func() { pull(50) }, annotate, func() { spawnSome(20) }, pause)
}

// maps grows maps while the GC marks, which goroutines assist.
func maps(duration time.Duration) {
	for i := 0; i < 1<<16; i++ {
		live.nodes = &node{next: live.nodes}
	}
	forDuration(duration, growMap, growMap, growMap, pause)
	live.nodes = nil
}

func growMap() {
	m := make(map[uint64]*node)
	for i := uint64(0); i < 1<<13; i++ {
		m[i*0x9e3779b97f4a7c15] = &node{}
	}
	live.Lock()
	defer live.Unlock()
	live.nodes = &node{next: m[0], rest: [6]uint64{uint64(len(m))}}
}

// pause stops the world in three ways.
func pause() {
	time.Sleep(10 * time.Millisecond)
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	pprof.Lookup("goroutine").WriteTo(io.Discard, 0)
}

func syscalls(duration time.Duration) {
	forDuration(duration, readFile, readFile, readFile, readFile,
		func() { throughPipe(time.Millisecond) }, func() { throughPipe(50 * time.Microsecond) })
}

func readFile() {
	data, err := os.ReadFile("/proc/self/stat")
	if err != nil || len(data) == 0 {
		time.Sleep(time.Millisecond)
	}
}

// throughPipe reads from a pipe that is written to after a time: a system call that blocks, since
// a file descriptor that was asked for is not the poller's any more.
func throughPipe(after time.Duration) {
	reader, writer, err := os.Pipe()
	if err != nil {
		time.Sleep(after)
		return
	}
	defer reader.Close()
	reader.Fd()
	go func() {
		time.Sleep(after)
		writer.Write([]byte{1})
		writer.Close()
	}()
	var buffer [8]byte
	reader.Read(buffer[:])
}

// blockedSyscalls has goroutines in system calls for the whole scene, whatever its generations.
func blockedSyscalls(duration time.Duration) {
	var group sync.WaitGroup
	for i := 0; i < 3; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			throughPipe(duration)
		}()
	}
	forDuration(duration, growMap, readFile, func() { spawnSome(10) })
	group.Wait()
}

func coroutines(duration time.Duration) {
	forDuration(duration, func() { pull(100) }, func() { pull(3) }, growMap)
}

// pull takes values from an iterator that runs as a coroutine, sometimes without emptying it.
func pull(n int) {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	})
	defer stop()
	for {
		if v, ok := next(); !ok || v == n-5 {
			return
		}
	}
}

func annotations(duration time.Duration) {
	forDuration(duration, annotate, annotate, growMap)
}

func annotate() {
	ctx, task := trace.NewTask(context.Background(), "order")
	defer task.End()
	trace.WithRegion(ctx, "outer", func() {
		defer trace.StartRegion(ctx, "inner").End()
		trace.Logf(ctx, "note", "at %d", time.Now().UnixNano())
		_, child := trace.NewTask(ctx, "line")
		time.Sleep(100 * time.Microsecond)
		child.End()
	})
}

func cpuProfile(duration time.Duration) {
	if err := pprof.StartCPUProfile(io.Discard); err == nil {
		defer pprof.StopCPUProfile()
	}
	forDuration(duration, growMap, growMap, readFile)
}

func spawn(duration time.Duration) {
	forDuration(duration, func() { spawnSome(200) }, growMap)
}

func spawnSome(n int) {
	var group sync.WaitGroup
	for i := 0; i < n; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			runtime.Gosched()
		}()
	}
	group.Wait()
}

// changeProcs has the number of Ps go up and down while they are busy.
func changeProcs(duration time.Duration) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	procs := 1
	forDuration(duration, growMap, growMap, func() { throughPipe(time.Millisecond) }, func() {
		time.Sleep(5 * time.Millisecond)
		procs = procs%5 + 1
		runtime.GOMAXPROCS(procs)
	})
}
