// Command exptrace reads a trace with golang.org/x/exp/trace, counts its events by kind and
// prints one line of JSON: how many there were, what reading them took, and, with -hash, a hash
// of their order.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/exp/trace"
)

// hashPrime is the multiplier of the stream hash.
const hashPrime = 1099511628211

// kinds bounds the event kinds of the reader; it has 15 today.
const kinds = 64

// report is what exptrace prints.
type report struct {
	Go          string           `json:"go"`
	Procs       int              `json:"procs"`
	Events      int64            `json:"events"`
	Kinds       map[string]int64 `json:"kinds"`
	WallSeconds float64          `json:"wall_s"`
	CPUSeconds  float64          `json:"cpu_s"`
	PeakKiB     int64            `json:"peak_rss_kib"`
	Hash        *uint64          `json:"hash,omitempty"`
}

// pass is one reading of a whole trace.
type pass struct {
	counts [kinds]int64
	hash   uint64
}

func main() {
	hash := flag.Bool("hash", false, "also hash thread, proc, goroutine and time of every event")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: exptrace [-hash] FILE")
		os.Exit(2)
	}
	result, err := measure(flag.Arg(0), *hash)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "exptrace:", err)
		os.Exit(1)
	}
}

func measure(path string, hash bool) (report, error) {
	file, err := os.Open(path)
	if err != nil {
		return report{}, err
	}
	defer file.Close()
	var read pass
	started, startedCPU := time.Now(), cpuTime()
	if hash {
		err = read.hashAll(file)
	} else {
		err = read.countAll(file)
	}
	if err != nil {
		return report{}, fmt.Errorf("%s: %w", path, err)
	}
	result := report{
		Go:          runtime.Version(),
		Procs:       runtime.GOMAXPROCS(0),
		Kinds:       make(map[string]int64),
		WallSeconds: time.Since(started).Seconds(),
		CPUSeconds:  (cpuTime() - startedCPU).Seconds(),
		PeakKiB:     usage().Maxrss,
	}
	for kind, count := range read.counts {
		if count > 0 {
			result.Kinds[trace.EventKind(kind).String()] = count
			result.Events += count
		}
	}
	if hash {
		result.Hash = &read.hash
	}
	return result, nil
}

// countAll reads every event and does the least with it.
func (p *pass) countAll(file io.Reader) error {
	reader, err := trace.NewReader(file)
	if err != nil {
		return err
	}
	for {
		event, err := reader.ReadEvent()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		p.counts[event.Kind()]++
	}
}

// hashAll reads every event and hashes what tells the order of the stream.
func (p *pass) hashAll(file io.Reader) error {
	reader, err := trace.NewReader(file)
	if err != nil {
		return err
	}
	for {
		event, err := reader.ReadEvent()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		p.counts[event.Kind()]++
		for _, field := range [...]uint64{
			uint64(event.Thread()), uint64(event.Proc()), uint64(event.Goroutine()),
			uint64(event.Time()),
		} {
			p.hash = p.hash*hashPrime ^ field
		}
	}
}

func usage() syscall.Rusage {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err) // the arguments are constants
	}
	return used
}

// cpuTime is the user and system time of the process so far.
func cpuTime() time.Duration {
	used := usage()
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
