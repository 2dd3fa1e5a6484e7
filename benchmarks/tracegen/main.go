// Command tracegen records its own execution trace until the file has reached a given size. It
// has two kinds of load:
//
//	mix    ping-pong over channels, HTTP over loopback, maps growing under a small GOGC,
//	       with a CPU profile running, so that the trace has its samples
//	spawn  very many goroutines that live a moment, coroutines, HTTP and maps
//
// It prints one line of JSON about the trace. When the time limit passes before the size is
// reached, the trace is complete but smaller, and the exit code is 1.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

const (
	exitFailed = 1
	exitUsage  = 2

	megabyte = 1_000_000
)

// worker is one part of a load: it works in turns until the recording has ended.
type worker func(*recording)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command line.
type options struct {
	kind   string
	output string
	bytes  int64
	rate   float64
	limit  time.Duration
}

func parse(args []string, errOut io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("tracegen", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&opts.kind, "kind", "mix", "`load`: mix or spawn")
	flags.StringVar(&opts.output, "o", "", "`file` to write the trace to")
	flags.Int64Var(&opts.bytes, "bytes", 150*megabyte, "stop when the trace has this many bytes")
	flags.Float64Var(&opts.rate, "rate", 10*megabyte, "bytes of trace per second to aim at")
	flags.DurationVar(&opts.limit, "limit", 5*time.Minute, "stop after this time in any case")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	if opts.output == "" || opts.bytes <= 0 || opts.rate <= 0 || flags.NArg() > 0 {
		flags.Usage()
		return opts, fmt.Errorf("tracegen: -o FILE, and -bytes and -rate above 0, are needed")
	}
	return opts, nil
}

// report is what tracegen prints.
type report struct {
	Kind    string  `json:"kind"`
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	opts, err := parse(args, errOut)
	if err != nil {
		fmt.Fprintln(errOut, err)
		return exitUsage
	}
	load, closeShop, err := newLoad(opts.kind)
	if err != nil {
		fmt.Fprintln(errOut, err)
		return exitUsage
	}
	defer closeShop()
	started := time.Now()
	bytes, err := record(ctx, opts, load)
	if err != nil {
		fmt.Fprintln(errOut, "tracegen:", err)
		return exitFailed
	}
	line := report{Kind: opts.kind, Bytes: bytes, Seconds: time.Since(started).Seconds()}
	if err := json.NewEncoder(out).Encode(line); err != nil {
		return exitFailed
	}
	if bytes < opts.bytes {
		fmt.Fprintf(errOut, "tracegen: stopped at %d of %d bytes\n", bytes, opts.bytes)
		return exitFailed
	}
	return 0
}

// newLoad returns the workers of a kind, and what ends their servers.
func newLoad(kind string) ([]worker, func(), error) {
	shop, err := openShop()
	if err != nil {
		return nil, nil, err
	}
	var load []worker
	add := func(count int, work worker) {
		for range count {
			load = append(load, work)
		}
	}
	switch kind {
	case "mix":
		add(3, pingPong)
		add(8, shop.visit)
		add(2, growPointers)
		add(1, growNumbers)
	case "spawn":
		add(4, spawn)
		add(8, shop.visit)
		add(1, growPointers)
		add(1, growNumbers)
	default:
		shop.close()
		return nil, nil, fmt.Errorf("tracegen: unknown kind %q: mix or spawn", kind)
	}
	return load, shop.close, nil
}

// record runs the load under the tracer and returns the size of the trace.
func record(ctx context.Context, opts options, load []worker) (int64, error) {
	rec, err := startRecording(ctx, opts)
	if err != nil {
		return 0, err
	}
	var running sync.WaitGroup
	for _, work := range load {
		running.Add(1)
		go func() {
			defer running.Done()
			work(rec)
		}()
	}
	<-rec.ctx.Done()
	// The tracer is stopped under load, as it is when a service is recorded over HTTP.
	bytes, err := rec.stop()
	running.Wait()
	return bytes, err
}
