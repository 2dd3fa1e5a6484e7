package loadgen

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/storefront/internal/api"
)

func TestMixFillsABlock(t *testing.T) {
	total := 0
	for _, share := range mix {
		total += share
	}
	if total != block {
		t.Errorf("shares add up to %d, want %d", total, block)
	}
}

func TestSerialsAreConsecutive(t *testing.T) {
	p := newPlan(5)
	var next [len(mix)]int
	for i := 0; i < 5*block; i++ {
		task := p.task(i)
		if task.serial != next[task.kind] {
			t.Fatalf("request %d of kind %d has serial %d, want %d", i, task.kind, task.serial, next[task.kind])
		}
		next[task.kind]++
	}
}

func TestEveryWarehouseIsCountedOnceADay(t *testing.T) {
	perDay := blocksPerDay * mix[stock]
	if perDay < warehouses*feedParts {
		t.Errorf("%d feeds a day cannot cover %d warehouses in %d parts", perDay, warehouses, feedParts)
	}
	if perList := blocksPerList * mix[quotes]; perList < accounts {
		t.Errorf("%d quote requests for %d accounts", perList, accounts)
	}
}

func load(t *testing.T, clients int, seed uint64) Summary {
	t.Helper()
	shop := httptest.NewServer(api.New(api.DefaultConfig(seed)))
	defer shop.Close()
	s, err := Run(context.Background(), Options{
		BaseURL: shop.URL, Requests: 300, Clients: clients, Seed: seed,
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Requests != 300 || s.Errors != 0 || s.AllocatedBytes == 0 || s.P50NS <= 0 || s.P99NS < s.P50NS {
		t.Errorf("summary %+v", s)
	}
	return s
}

func TestWorkDependsOnTheSeedOnly(t *testing.T) {
	one, many, other := load(t, 1, 1), load(t, 7, 1), load(t, 7, 2)
	if one.Digest != many.Digest || one.Totals != many.Totals {
		t.Errorf("one client: %s %+v\nseven: %s %+v", one.Digest, one.Totals, many.Digest, many.Totals)
	}
	if one.Digest == other.Digest {
		t.Error("another seed gives the same answers")
	}
}

func TestErrorsAreCounted(t *testing.T) {
	shop := api.New(api.Config{Seed: 1, Products: 2_000, Warehouses: 30, Sessions: 10})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/waves" {
			http.Error(w, "broken conveyor", http.StatusInternalServerError)
			return
		}
		shop.ServeHTTP(w, r)
	}))
	defer server.Close()
	s, err := Run(context.Background(), Options{BaseURL: server.URL, Requests: 200, Clients: 2, Seed: 1})
	if s.Errors != 2*mix[wave] || s.Requests != 200 {
		t.Errorf("%d errors in %d requests", s.Errors, s.Requests)
	}
	if err == nil || !strings.Contains(err.Error(), "broken conveyor") {
		t.Errorf("error %v", err)
	}
}

func TestAForeignServer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if _, err := Run(context.Background(), Options{BaseURL: server.URL, Requests: 1, Clients: 1}); err == nil {
		t.Error("no error")
	}
}
