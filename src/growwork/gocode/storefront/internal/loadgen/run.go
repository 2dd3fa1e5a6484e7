package loadgen

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"example.com/storefront/internal/api"
	"example.com/storefront/internal/rng"
)

// Options say what load to put on a shop.
type Options struct {
	BaseURL  string // of the shop, without a slash at the end
	Requests int
	Clients  int
	Seed     uint64
}

// Summary is the outcome of a run.
type Summary struct {
	Requests       int    `json:"requests"`
	Errors         int    `json:"errors"`
	Clients        int    `json:"clients"`
	Seed           uint64 `json:"seed"`
	DurationNS     int64  `json:"duration_ns"`
	P50NS          int64  `json:"p50_ns"`
	P99NS          int64  `json:"p99_ns"`
	MaxNS          int64  `json:"max_ns"`
	AllocatedBytes uint64 `json:"allocated_bytes"` // by the shop's process while the load ran
	Allocations    uint64 `json:"allocations"`
	GCCycles       uint32 `json:"gc_cycles"`
	GoVersion      string `json:"go_version"` // of the shop
	Digest         string `json:"digest"`     // of all answers, independent of their order
	Totals         Totals `json:"totals"`
}

// Totals are the shop's own counters after the run, since it was opened.
type Totals struct {
	Visitors     int   `json:"visitors"`
	Views        int64 `json:"views"`
	CartPieces   int   `json:"cart_pieces"`
	Quotes       int64 `json:"quotes"`
	StockLines   int64 `json:"stock_lines"`
	StockCounted int64 `json:"stock_counted"`
	Waves        int64 `json:"waves"`
}

// driver is the state that the clients of a run share.
type driver struct {
	options   Options
	plan      *plan
	products  int
	client    *http.Client
	next      atomic.Int64
	done      atomic.Int64
	digest    atomic.Uint64
	latencies []int64

	mu     sync.Mutex
	errors int
	first  error
}

// Run sends exactly the number of requests asked for, unless ctx ends first; the summary counts
// those that were answered. The error says why the first of the failed ones failed, or that the
// shop could not be asked at all: then the summary is empty.
func Run(ctx context.Context, o Options) (Summary, error) {
	d := &driver{options: o, plan: newPlan(o.Seed), latencies: make([]int64, o.Requests)}
	d.client = &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{MaxIdleConnsPerHost: o.Clients, MaxConnsPerHost: o.Clients},
	}
	defer d.client.CloseIdleConnections()
	before, err := d.stats(ctx)
	if err != nil {
		return Summary{}, err
	}
	d.products = before.Products

	start := time.Now()
	var clients sync.WaitGroup
	for c := 0; c < o.Clients; c++ {
		clients.Add(1)
		go func() {
			defer clients.Done()
			d.work(ctx)
		}()
	}
	clients.Wait()
	elapsed := time.Since(start)

	// The totals are wanted even if the run was cut short.
	after, err := d.stats(context.WithoutCancel(ctx))
	if err != nil {
		return Summary{}, err
	}
	return d.summary(elapsed, before, after), d.first
}

// work is one client: it takes the next request of the plan until none is left.
func (d *driver) work(ctx context.Context) {
	var buffer bytes.Buffer
	for ctx.Err() == nil {
		i := int(d.next.Add(1)) - 1
		if i >= d.options.Requests {
			return
		}
		r := build(d.plan.task(i), d.products)
		start := time.Now()
		err := d.send(ctx, r, &buffer)
		d.latencies[i] = int64(time.Since(start))
		if err == nil {
			err = r.check(buffer.Bytes())
		}
		if ctx.Err() != nil {
			return
		}
		d.done.Add(1)
		if err != nil {
			d.fail(fmt.Errorf("request %d, %s %s: %w", i, r.method, r.target, err))
			continue
		}
		d.digest.Add(rng.Mix(fingerprint(buffer.Bytes()) + uint64(i)))
	}
}

func (d *driver) send(ctx context.Context, r request, answer *bytes.Buffer) error {
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, d.options.BaseURL+r.target, body)
	if err != nil {
		return err
	}
	if r.visitor != "" {
		req.Header.Set(api.SessionHeader, r.visitor)
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer.Reset()
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %.200s", resp.StatusCode, answer.Bytes())
	}
	return nil
}

func (d *driver) stats(ctx context.Context) (api.Stats, error) {
	var s api.Stats
	var buffer bytes.Buffer
	if err := d.send(ctx, request{method: http.MethodGet, target: "/api/stats"}, &buffer); err != nil {
		return s, err
	}
	if err := json.Unmarshal(buffer.Bytes(), &s); err != nil {
		return s, fmt.Errorf("%s/api/stats: %w", d.options.BaseURL, err)
	}
	if s.Products == 0 {
		return s, fmt.Errorf("%s is no storefront, or an empty one", d.options.BaseURL)
	}
	return s, nil
}

func (d *driver) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.errors++
	if d.first == nil {
		d.first = err
	}
}

func (d *driver) summary(elapsed time.Duration, before, after api.Stats) Summary {
	s := Summary{
		Requests:       int(d.done.Load()),
		Errors:         d.errors,
		Clients:        d.options.Clients,
		Seed:           d.options.Seed,
		DurationNS:     int64(elapsed),
		AllocatedBytes: after.Runtime.AllocatedBytes - before.Runtime.AllocatedBytes,
		Allocations:    after.Runtime.Allocations - before.Runtime.Allocations,
		GCCycles:       after.Runtime.GCCycles - before.Runtime.GCCycles,
		GoVersion:      after.Runtime.GoVersion,
		Digest:         fmt.Sprintf("%016x", d.digest.Load()),
		Totals: Totals{
			Visitors:     after.Visitors.Sessions,
			Views:        after.Visitors.Views,
			CartPieces:   after.Visitors.Pieces,
			Quotes:       after.Quotes,
			StockLines:   after.Stock.Applied,
			StockCounted: after.Stock.Counted,
			Waves:        after.Waves,
		},
	}
	answered := make([]int64, 0, len(d.latencies))
	for _, ns := range d.latencies {
		if ns > 0 {
			answered = append(answered, ns)
		}
	}
	sort.Slice(answered, func(i, j int) bool { return answered[i] < answered[j] })
	if n := len(answered); n > 0 {
		s.P50NS, s.P99NS, s.MaxNS = answered[n/2], answered[n*99/100], answered[n-1]
	}
	return s
}

// fingerprint is FNV-1a.
func fingerprint(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
