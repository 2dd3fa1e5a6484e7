// Package settings holds the switches that operators change at run time. Reads are far more
// frequent than writes: a reader takes one atomic load, a writer replaces the whole set.
package settings

import (
	"sync"
	"sync/atomic"
)

// Store is a set of named values.
type Store struct {
	write   sync.Mutex
	current atomic.Pointer[map[string]string]
}

// New returns a store with the given defaults, which it copies.
func New(defaults map[string]string) *Store {
	s := &Store{}
	values := make(map[string]string, len(defaults))
	for k, v := range defaults {
		values[k] = v
	}
	s.current.Store(&values)
	return s
}

// Get returns a value, or the fallback if it is not set.
func (s *Store) Get(name, fallback string) string {
	if v, ok := (*s.current.Load())[name]; ok {
		return v
	}
	return fallback
}

// Len returns the number of values.
func (s *Store) Len() int { return len(*s.current.Load()) }

// Set changes one value.
func (s *Store) Set(name, value string) {
	s.write.Lock()
	defer s.write.Unlock()
	before := *s.current.Load()
	after := make(map[string]string, len(before)+1)
	for k, v := range before {
		after[k] = v
	}
	after[name] = value
	s.current.Store(&after)
}

// Defaults are the settings a new shop starts with.
func Defaults() map[string]string {
	return map[string]string{
		"banner":                "",
		"checkout.enabled":      "true",
		"checkout.max_lines":    "500",
		"listing.page_size":     "24",
		"listing.sort":          "price",
		"promotions.week":       "12",
		"quotes.enabled":        "true",
		"recommend.depth":       "2",
		"recommend.enabled":     "true",
		"search.facets":         "32",
		"search.limit":          "420",
		"search.shelves":        "12",
		"session.idle_minutes":  "30",
		"shipping.free_cents":   "7500",
		"shipping.flat_cents":   "590",
		"support.phone":         "",
		"tax.country":           "DE",
		"warehouse.hold_depth":  "96",
		"warehouse.wave_zones":  "2",
		"warehouse.zone_length": "1600",
	}
}
