// Package api is the HTTP/JSON face of the shop.
package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/pprof"
	"strconv"
	"sync/atomic"

	"example.com/storefront/internal/catalog"
	"example.com/storefront/internal/inventory"
	"example.com/storefront/internal/pricing"
	"example.com/storefront/internal/search"
	"example.com/storefront/internal/session"
	"example.com/storefront/internal/settings"
)

// SessionHeader names the visitor of a request.
const SessionHeader = "X-Session"

// maxBody bounds request bodies, in bytes.
const maxBody = 1 << 20

// Config says what shop to open.
type Config struct {
	Seed       uint64
	Products   int
	Warehouses int
	Sessions   int // expected number of visitors
}

// DefaultConfig is the shop of the demo.
func DefaultConfig(seed uint64) Config {
	return Config{Seed: seed, Products: 12_000, Warehouses: 30, Sessions: 3_000}
}

// Server is the shop with everything it knows.
type Server struct {
	catalog  *catalog.Catalog
	index    *search.Index
	table    *pricing.Table
	quotes   *pricing.QuoteBook
	stock    *inventory.Stock
	sessions *session.Store
	settings *settings.Store
	waves    atomic.Int64
	mux      *http.ServeMux
}

// New opens a shop.
func New(c Config) *Server {
	products := catalog.Generate(c.Seed, c.Products)
	table := pricing.NewTable(products)
	s := &Server{
		catalog:  products,
		index:    search.NewIndex(products),
		table:    table,
		quotes:   pricing.NewQuoteBook(table),
		stock:    inventory.NewStock(products, c.Warehouses),
		sessions: session.NewStore(c.Sessions),
		settings: settings.New(settings.Defaults()),
		mux:      http.NewServeMux(),
	}
	s.handle(http.MethodGet, "/api/products", s.listing)
	s.handle(http.MethodGet, "/api/search", s.search)
	s.handle(http.MethodGet, "/api/recommendations", s.recommendations)
	s.handle(http.MethodGet, "/api/quotes", s.accountQuotes)
	s.handle(http.MethodPost, "/api/orders/preview", s.previewOrder)
	s.handle(http.MethodPost, "/api/cart", s.addToCart)
	s.handle(http.MethodPost, "/api/stock", s.applyStock)
	s.handle(http.MethodGet, "/api/waves", s.planWave)
	s.handle(http.MethodPut, "/api/settings", s.changeSetting)
	s.handle(http.MethodGet, "/api/stats", s.stats)
	s.mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	s.mux.HandleFunc("/debug/pprof/", pprof.Index)
	s.mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	s.mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	s.mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	s.mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// call is one request with the visitor who made it; the visitor may be nil.
type call struct {
	*http.Request
	visitor *session.Session
}

// problem is an error that the client caused.
type problem struct {
	status int
	text   string
}

func (p problem) Error() string { return p.text }

func badRequest(text string) error { return problem{http.StatusBadRequest, text} }

func notFound(text string) error { return problem{http.StatusNotFound, text} }

func (s *Server) handle(method, path string, h func(call) (any, error)) {
	s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			reply(w, http.StatusMethodNotAllowed, failure{"use " + method})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		c := call{Request: r}
		if id := r.Header.Get(SessionHeader); id != "" {
			c.visitor = s.sessions.Open(id)
			c.visitor.Visit(path)
		}
		result, err := h(c)
		var p problem
		switch {
		case errors.As(err, &p):
			reply(w, p.status, failure{p.text})
		case err != nil:
			reply(w, http.StatusInternalServerError, failure{err.Error()})
		default:
			reply(w, http.StatusOK, result)
		}
	})
}

// failure is the body of every response that is no success.
type failure struct {
	Error string `json:"error"`
}

func reply(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client is gone: nobody is left to tell
}

// number parses a query parameter; an absent one is the fallback.
func number(text string, fallback int) (int, error) {
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, badRequest("not a number: " + text)
	}
	return n, nil
}

// setting returns a numeric setting; one that does not parse counts as not set.
func (s *Server) setting(name string, fallback int) int {
	n, err := strconv.Atoi(s.settings.Get(name, ""))
	if err != nil {
		return fallback
	}
	return n
}
