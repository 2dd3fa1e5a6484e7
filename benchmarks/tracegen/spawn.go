package main

import (
	"iter"
	"sync"
	"sync/atomic"
)

const (
	goroutinesPerTurn = 1000
	valuesPerTurn     = 300
)

// spawn starts goroutines that end at once, every 16th after handing over a number, and pulls
// some values.
func spawn(rec *recording) {
	var sum atomic.Int64
	for rec.turn() {
		var running sync.WaitGroup
		results := make(chan int, 1)
		waiting := 0
		for index := range goroutinesPerTurn {
			running.Add(1)
			if index%16 == 0 {
				waiting++
				go func() {
					defer running.Done()
					results <- index
				}()
				continue
			}
			go func() {
				defer running.Done()
				sum.Add(int64(index))
			}()
		}
		for range waiting {
			sum.Add(int64(<-results))
		}
		running.Wait()
		sum.Add(int64(pull()))
	}
}

// pull takes values out of a sequence: every value is two switches between the goroutine that
// pulls and the one that runs the sequence.
func pull() int {
	next, stop := iter.Pull(numbers(valuesPerTurn))
	defer stop()
	sum := 0
	for {
		number, ok := next()
		if !ok {
			return sum
		}
		sum += number
	}
}

func numbers(count int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for number := range count {
			if !yield(number) {
				return
			}
		}
	}
}
