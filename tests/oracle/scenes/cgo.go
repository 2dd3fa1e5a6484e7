//go:build cgo

package main

/*
#include <pthread.h>

extern void goCallback(void);

static void *run(void *unused) {
	for (int i = 0; i < 10; i++)
		goCallback();
	return unused;
}

// Calls Go from two new threads of C.
static void fromThreads(void) {
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], 0, run, 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], 0);
}

// Calls Go from the goroutine's own thread.
static void fromHere(void) { goCallback(); }
*/
import "C"

import "time"

//export goCallback
func goCallback() { pull(3) }

// callbacks has C call Go, on threads of its own and on Go's.
func callbacks(duration time.Duration) {
	forDuration(duration, func() { C.fromThreads() }, func() { C.fromHere() }, growMap)
}
