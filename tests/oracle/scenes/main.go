// Scenes records execution traces, one a scene, each of something that is easy to get wrong.
//
//	scenes -dir FOLDER [-seconds 0.15] SCENE…
//
// writes FOLDER/SCENE.trace. GODEBUG=traceadvanceperiod=NANOSECONDS makes generations short, and
// GODEBUG=traceallocfree=1 has every allocation traced.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/trace"
	"time"
)

// scene works for about a duration.
type scene func(time.Duration)

var scenes = map[string]scene{
	"maps":        maps,
	"syscalls":    syscalls,
	"coroutines":  coroutines,
	"annotations": annotations,
	"cpuprofile":  cpuProfile,
	"spawn":       spawn,
	"procs":       changeProcs,
	"blocked":     blockedSyscalls,
	"callbacks":   callbacks,
	"mixed":       mixed,
}

func main() {
	dir := flag.String("dir", ".", "folder for the traces")
	seconds := flag.Float64("seconds", 0.15, "length of a scene")
	flag.Parse()
	debug.SetGCPercent(40)
	for _, name := range flag.Args() {
		if err := record(name, *dir, time.Duration(*seconds*float64(time.Second))); err != nil {
			log.Fatal(err)
		}
	}
}

func record(name, dir string, duration time.Duration) error {
	switch name {
	case "flight":
		return flightRecorder(dir, duration)
	case "restarts":
		return restarts(dir, duration)
	}
	play, ok := scenes[name]
	if !ok {
		return fmt.Errorf("no scene %q", name)
	}
	return traced(filepath.Join(dir, name+".trace"), func() { play(duration) })
}

func traced(path string, work func()) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := trace.Start(file); err != nil {
		return err
	}
	work()
	trace.Stop()
	return file.Close()
}

// restarts has traces begin and end while goroutines assist, sweep and sit in system calls:
// restarts0.trace to restarts5.trace.
func restarts(dir string, duration time.Duration) error {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				mixed(duration / 4)
			}
		}
	}()
	for i := 0; i < 6; i++ {
		path := filepath.Join(dir, fmt.Sprintf("restarts%d.trace", i))
		if err := traced(path, func() { time.Sleep(duration / 10) }); err != nil {
			return err
		}
	}
	close(stop)
	<-done
	return nil
}
