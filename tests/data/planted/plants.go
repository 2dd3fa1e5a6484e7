package main

import (
	"math/bits"
	"runtime"
	"runtime/metrics"
	"time"
)

// pause is what one statement of this file took.
type pause struct {
	function   string
	line       int
	begin, end time.Time
}

// pauseAt is a pause of the statement so many lines below its call.
//
//go:noinline
func pauseAt(below int) pause {
	pc, _, line, _ := runtime.Caller(1)
	return pause{function: runtime.FuncForPC(pc).Name(), line: line + below}
}

var (
	sums  []uint64
	block []byte
)

// spin computes without a call: nothing stops it before the one on its last line.
//
//go:noinline
func spin(steps int) {
	x := uint64(steps)
	for i := 0; i < steps; i++ {
		x = bits.RotateLeft64(x*0x9e3779b97f4a7c15, 17)
	}
	keep(x)
}

//go:noinline
func keep(x uint64) { sums = append(sums[:0], x) }

// calibrate finds how many steps of spin take that long.
func calibrate(duration time.Duration) int {
	const trial = 1 << 22
	best := time.Duration(1 << 62)
	for i := 0; i < 5; i++ {
		begin := time.Now()
		spin(trial)
		best = min(best, time.Since(begin))
	}
	return int(float64(trial) * float64(duration) / float64(best))
}

// stallTheWorld has one goroutine spin while another one wants the world stopped.
func stallTheWorld(steps int) pause {
	begun, done := make(chan bool), make(chan pause)
	go compute(steps, begun, done)
	<-begun
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return <-done
}

// compute calls spin: up to Go 1.24 the stack of a goroutine that is stopped where spin calls keep
// is recorded without these two.
//
//go:noinline
func compute(steps int, begun chan<- bool, done chan<- pause) {
	at := pauseAt(3)
	begun <- true
	at.begin = time.Now()
	spin(steps)
	at.end = time.Now()
	done <- at
}

// forceGC waits for a whole cycle on a large heap.
//
//go:noinline
func forceGC() pause {
	at := pauseAt(2)
	at.begin = time.Now()
	runtime.GC()
	at.end = time.Now()
	return at
}

// growWhileMarking begins cycles that are late, so that whoever allocates next has to mark, and
// inserts until the map has to allocate: at once in a classic map that is full, soon in one of
// many tables. The pause is that of the insert that marked; on a busy machine a cycle may be over
// before there is one.
//
//go:noinline
func growWhileMarking(index map[uint64]entry) pause {
	const marked = 10 * time.Millisecond
	at := pauseAt(6)
	key := ^uint64(0)
	for cycle := 0; cycle < 8; cycle++ {
		block = make([]byte, beyondGoal())
		for last := key - 1<<14; key > last; key-- {
			at.begin = time.Now()
			index[key] = entry{}
			at.end = time.Now()
			if at.end.Sub(at.begin) > marked {
				return at
			}
		}
	}
	return at
}

// beyondGoal is the size of an allocation that takes the heap well past its goal.
func beyondGoal() uint64 {
	read := []metrics.Sample{
		{Name: "/gc/heap/goal:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
	}
	metrics.Read(read)
	goal, live := read[0].Value.Uint64(), read[1].Value.Uint64()
	return goal + goal/4 - min(live, goal)
}
