//go:build go1.23

package main

import "iter"

// coroutines switches between two goroutines without the scheduler.
func coroutines(n int) {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	})
	defer stop()
	for {
		v, ok := next()
		if !ok || v == n-5 { // sometimes stopped early, so that both endings occur
			return
		}
	}
}
