// Testprog writes an execution trace of a little of everything a trace can hold: maps that grow
// while the GC marks, HTTP over loopback, channels and locks, tasks, regions and logs, syscalls,
// coroutines where the release has them, and a CPU profile beside it.
//
//	testprog -o FILE [-seconds 0.3] [-scale 1] [-rest 0s]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"
)

func main() {
	out := flag.String("o", "trace.out", "trace to write")
	seconds := flag.Float64("seconds", 0.3, "how long to run")
	scale := flag.Int("scale", 1, "workers of each kind")
	rest := flag.Duration("rest", 0, "pause between two rounds of a worker; makes traces small")
	profile := flag.Bool("cpuprofile", true, "have CPU samples in the trace")
	flag.Parse()
	if err := run(*out, load{time.Duration(*seconds * float64(time.Second)), *scale, *rest}, *profile); err != nil {
		log.Fatal(err)
	}
}

type load struct {
	duration time.Duration
	scale    int
	rest     time.Duration
}

func run(out string, load load, profile bool) error {
	debug.SetGCPercent(40)
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	if profile {
		if err := pprof.StartCPUProfile(io.Discard); err != nil {
			return err
		}
	}
	if err := trace.Start(file); err != nil {
		return err
	}
	work(load)
	trace.Stop()
	if profile {
		pprof.StopCPUProfile()
	}
	return file.Close()
}

func work(load load) {
	ctx, cancel := context.WithTimeout(context.Background(), load.duration)
	defer cancel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		index := make(map[string]int)
		for i := 0; i < 50; i++ {
			index[fmt.Sprint("key", i)] = i
		}
		fmt.Fprintln(w, len(index))
	}))
	defer server.Close()
	var group sync.WaitGroup
	start := func(f func(context.Context)) {
		for i := 0; i < load.scale; i++ {
			group.Add(1)
			go func() {
				defer group.Done()
				for ctx.Err() == nil {
					f(ctx)
					time.Sleep(load.rest)
				}
			}()
		}
	}
	start(func(context.Context) { buildIndex(1 << 12) })
	start(func(context.Context) { pingPong(100) })
	start(func(context.Context) { spawn(50) })
	start(func(context.Context) { contend(20) })
	start(func(ctx context.Context) { annotate(ctx) })
	start(func(context.Context) { coroutines(20) })
	start(func(context.Context) { get(server.URL) })
	start(func(context.Context) { readFile() })
	start(func(context.Context) {
		time.Sleep(10 * time.Millisecond)
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
	})
	group.Wait()
}

var sink map[uint64]*[4]uint64

func buildIndex(n uint64) {
	m := make(map[uint64]*[4]uint64)
	for i := uint64(0); i < n; i++ {
		m[i*0x9e3779b97f4a7c15] = &[4]uint64{i}
	}
	sink = m
}

func pingPong(n int) {
	there, back := make(chan int), make(chan int)
	go func() {
		for v := range there {
			back <- v + 1
		}
		close(back)
	}()
	for i := 0; i < n; i++ {
		there <- i
		<-back
	}
	close(there)
	<-back
}

func spawn(n int) {
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

func contend(n int) {
	var lock sync.Mutex
	var group sync.WaitGroup
	for i := 0; i < n; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			lock.Lock()
			defer lock.Unlock()
			time.Sleep(20 * time.Microsecond)
		}()
	}
	group.Wait()
}

func annotate(ctx context.Context) {
	ctx, task := trace.NewTask(ctx, "order")
	defer task.End()
	trace.WithRegion(ctx, "outer", func() {
		defer trace.StartRegion(ctx, "inner").End()
		trace.Logf(ctx, "note", "worked at %d", time.Now().UnixNano())
		_, child := trace.NewTask(ctx, "line")
		time.Sleep(time.Millisecond)
		child.End()
	})
}

func get(url string) {
	response, err := http.Get(url)
	if err != nil {
		return
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

func readFile() {
	data, err := os.ReadFile("/proc/self/stat")
	if err != nil || len(data) == 0 {
		time.Sleep(time.Millisecond)
	}
}
