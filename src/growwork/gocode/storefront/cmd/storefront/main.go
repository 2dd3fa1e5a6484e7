// Command storefront is a small web shop with its own load. Without -serve or -load it opens the
// shop on a free loopback port, sends it a fixed number of requests, prints one line of JSON
// about them and exits.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"example.com/storefront/internal/api"
	"example.com/storefront/internal/loadgen"
)

const (
	exitFailed = 1
	exitUsage  = 2

	shutdownGrace = 5 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command line.
type options struct {
	addr     string
	serve    bool
	load     string
	requests int
	clients  int
	seed     uint64
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("storefront", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:0", "`address` to serve on")
	flags.BoolVar(&o.serve, "serve", false, "only serve, until interrupted")
	flags.StringVar(&o.load, "load", "", "only send load, to the storefront at this `URL`")
	flags.IntVar(&o.requests, "requests", 27_000, "`number` of requests to send")
	flags.IntVar(&o.clients, "clients", 8, "`number` of clients that send them")
	flags.Uint64Var(&o.seed, "seed", 1, "`seed` of the products and of the load")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.serve && o.load != "":
		return o, errors.New("-serve and -load exclude each other")
	case o.requests < 1 || o.clients < 1:
		return o, errors.New("-requests and -clients must be positive")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "storefront:", err)
		return exitUsage
	}
	base := strings.TrimRight(o.load, "/")
	if base == "" {
		shop, err := open(o)
		if err != nil {
			fmt.Fprintln(stderr, "storefront:", err)
			return exitFailed
		}
		defer shop.close(stderr)
		base = shop.url
		fmt.Fprintln(stderr, "storefront: serving on", base)
		if o.serve {
			return shop.wait(ctx, stderr)
		}
	}
	return drive(ctx, o, base, stdout, stderr)
}

// drive sends the load and prints its summary.
func drive(ctx context.Context, o options, base string, stdout, stderr io.Writer) int {
	summary, err := loadgen.Run(ctx, loadgen.Options{
		BaseURL:  base,
		Requests: o.requests,
		Clients:  o.clients,
		Seed:     o.seed,
	})
	if err != nil {
		fmt.Fprintln(stderr, "storefront:", err)
		if summary.Requests == 0 {
			return exitFailed
		}
	}
	if err := json.NewEncoder(stdout).Encode(summary); err != nil {
		fmt.Fprintln(stderr, "storefront:", err)
		return exitFailed
	}
	if summary.Requests < o.requests {
		fmt.Fprintf(stderr, "storefront: interrupted after %d of %d requests\n", summary.Requests, o.requests)
		return exitFailed
	}
	if summary.Errors > 0 {
		return exitFailed
	}
	return 0
}

// shop is a server that is listening.
type shop struct {
	url    string
	server *http.Server
	failed chan error
}

func open(o options) (*shop, error) {
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return nil, err
	}
	s := &shop{
		url: "http://" + listener.Addr().String(),
		server: &http.Server{
			Handler:           api.New(api.DefaultConfig(o.seed)),
			ReadHeaderTimeout: 10 * time.Second,
		},
		failed: make(chan error, 1),
	}
	go func() { s.failed <- s.server.Serve(listener) }()
	return s, nil
}

// wait returns when ctx ends or the server fails.
func (s *shop) wait(ctx context.Context, stderr io.Writer) int {
	select {
	case <-ctx.Done():
		return 0
	case err := <-s.failed:
		fmt.Fprintln(stderr, "storefront:", err)
		return exitFailed
	}
}

// close lets running requests end.
func (s *shop) close(stderr io.Writer) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		fmt.Fprintln(stderr, "storefront:", err)
	}
}
