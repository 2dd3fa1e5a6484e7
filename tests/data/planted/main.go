// Planted is a program with three long pauses whose causes are known, under a steady background
// of small work: a loop that cannot be preempted while the world is to be stopped, a forced GC on
// a large heap, and an insert that has to grow a giant map while the GC marks.
//
//	planted -o FILE
//
// It writes an execution trace and prints the truth about it as JSON. The truth is in the trace
// too: a user log of category "planted" when each pause begins and when it ends.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"strings"
	"syscall"
	"time"
)

const rest = 60 * time.Millisecond // of background work between two pauses

func main() {
	out := flag.String("o", "trace.out", "trace to write")
	flag.Parse()
	startAgain()
	if err := run(*out); err != nil {
		log.Fatal(err)
	}
}

// startAgain starts the program again with other settings of the runtime, unless it has them. Without
// preemption by signals a loop without calls holds its P, as a long assembly routine does in any
// program. In a single generation the tracer has nothing to do, and so nothing to assist for.
func startAgain() {
	const settings = "asyncpreemptoff=1,traceadvanceperiod=60000000000"
	if strings.Contains(os.Getenv("GODEBUG"), settings) {
		return
	}
	program, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	env := append(os.Environ(), "GODEBUG="+settings)
	log.Fatal(syscall.Exec(program, os.Args, env))
}

// truth is one planted pause.
type truth struct {
	Name     string `json:"name"`
	Function string `json:"function"` // whose statement pauses
	Line     int    `json:"line"`     // of that statement, in plants.go
	BeginNs  int64  `json:"begin_ns"` // since the trace was started
	EndNs    int64  `json:"end_ns"`
}

func run(out string) error {
	runtime.GOMAXPROCS(2)
	debug.SetGCPercent(-1) // what is built here is no part of the trace
	steps := calibrate(50 * time.Millisecond)
	live := newGraph(1 << 20)
	index := newIndex(13 << 16) // the next insert doubles a classic map: 6.5 entries a bucket
	runtime.GC()
	debug.SetGCPercent(20)

	file, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := trace.Start(file); err != nil {
		return err
	}
	started := time.Now()
	stop := background()
	var planted []truth
	plant := func(name string, statement func() pause) {
		begins, ends := name+" begins", name+" ends" // made here: an allocation in a pause may pay
		time.Sleep(rest)
		trace.Log(context.Background(), "planted", begins)
		at := statement()
		trace.Log(context.Background(), "planted", ends)
		planted = append(planted, truth{
			Name: name, Function: at.function, Line: at.line,
			BeginNs: at.begin.Sub(started).Nanoseconds(), EndNs: at.end.Sub(started).Nanoseconds(),
		})
	}
	plant("stall", func() pause { return stallTheWorld(steps) })
	plant("forced gc", forceGC)
	plant("growth", func() pause { return growWhileMarking(index) })
	time.Sleep(rest)
	stop()
	trace.Stop()
	runtime.KeepAlive(live)
	runtime.KeepAlive(index)
	if err := file.Close(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(planted)
}
