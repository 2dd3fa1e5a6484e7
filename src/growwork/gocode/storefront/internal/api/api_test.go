package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/storefront/internal/catalog"
)

func testServer() *Server {
	return New(Config{Seed: 1, Products: 2_000, Warehouses: 2, Sessions: 10})
}

func ask(s *Server, method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set(SessionHeader, "V1")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestRefusals(t *testing.T) {
	s := testServer()
	for _, c := range []struct {
		method, target, body string
		status               int
	}{
		{"POST", "/api/products", "", http.StatusMethodNotAllowed},
		{"GET", "/api/products?category=cars", "", http.StatusNotFound},
		{"GET", "/api/products?category=lamp&page=-1", "", http.StatusBadRequest},
		{"GET", "/api/products?category=lamp&page=99", "", http.StatusNotFound},
		{"GET", "/api/search?q=bold&max=cheap", "", http.StatusBadRequest},
		{"GET", "/api/recommendations?sku=none", "", http.StatusNotFound},
		{"GET", "/api/quotes?list=1", "", http.StatusBadRequest},
		{"POST", "/api/orders/preview", "{", http.StatusBadRequest},
		{"POST", "/api/orders/preview", `{"entries":[{"sku":"none"}]}`, http.StatusNotFound},
		{"POST", "/api/stock", `{"warehouse":9}`, http.StatusNotFound},
		{"POST", "/api/cart", `{"sku":"none"}`, http.StatusNotFound},
		{"PUT", "/api/settings", "", http.StatusBadRequest},
		{"GET", "/nowhere", "", http.StatusNotFound},
	} {
		if w := ask(s, c.method, c.target, c.body); w.Code != c.status {
			t.Errorf("%s %s: status %d, want %d: %s", c.method, c.target, w.Code, c.status, w.Body)
		}
	}
}

func TestListing(t *testing.T) {
	w := ask(testServer(), "GET", "/api/products?category=lamp&page=1", "")
	var l Listing
	if err := json.Unmarshal(w.Body.Bytes(), &l); err != nil {
		t.Fatal(err)
	}
	if l.Total != 50 || len(l.Rows) != 24 || l.Reduced == 0 || len(l.Tags) == 0 {
		t.Errorf("%d products, %d rows, %d reduced, %d tags", l.Total, len(l.Rows), l.Reduced, len(l.Tags))
	}
	if l.Links["previous"] == "" || l.Links["next"] == "" {
		t.Errorf("links %v", l.Links)
	}
	for i := 1; i < len(l.Rows); i++ {
		if l.Rows[i].Prices["EUR"] < l.Rows[i-1].Prices["EUR"] {
			t.Error("rows are not sorted by price")
		}
	}
}

func TestStatsCountTheVisit(t *testing.T) {
	s := testServer()
	sku := catalog.SKU(3)
	ask(s, "POST", "/api/cart", `{"sku":"`+sku+`","pieces":2}`)
	ask(s, "GET", "/api/quotes?account=A1", "")
	var got Stats
	if err := json.Unmarshal(ask(s, "GET", "/api/stats", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Visitors.Sessions != 1 || got.Visitors.Pieces != 2 || got.Quotes != assortmentSize {
		t.Errorf("stats %+v", got)
	}
}

func TestProfilesAreServed(t *testing.T) {
	s := testServer()
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap?debug=1", "/debug/pprof/cmdline"} {
		if w := ask(s, "GET", path, ""); w.Code != http.StatusOK {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}
