package api

import (
	"runtime"

	"example.com/storefront/internal/inventory"
	"example.com/storefront/internal/session"
)

// Stats are the totals of a shop since it was opened.
type Stats struct {
	Products int              `json:"products"`
	Visitors session.Totals   `json:"visitors"`
	Stock    inventory.Totals `json:"stock"`
	Quotes   int64            `json:"quotes"`        // given
	Cached   int              `json:"quotes_cached"` // kept
	Waves    int64            `json:"waves"`
	Settings int              `json:"settings"`
	Runtime  RuntimeStats     `json:"runtime"`
}

// RuntimeStats are totals of the process that serves the shop.
type RuntimeStats struct {
	GoVersion      string `json:"go_version"`
	AllocatedBytes uint64 `json:"allocated_bytes"`
	Allocations    uint64 `json:"allocations"`
	GCCycles       uint32 `json:"gc_cycles"`
	HeapBytes      uint64 `json:"heap_bytes"`
}

func (s *Server) stats(call) (any, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Stats{
		Products: s.catalog.Len(),
		Visitors: s.sessions.Totals(),
		Stock:    s.stock.Totals(),
		Quotes:   s.quotes.Given(),
		Cached:   s.quotes.Cached(),
		Waves:    s.waves.Load(),
		Settings: s.settings.Len(),
		Runtime: RuntimeStats{
			GoVersion:      runtime.Version(),
			AllocatedBytes: m.TotalAlloc,
			Allocations:    m.Mallocs,
			GCCycles:       m.NumGC,
			HeapBytes:      m.HeapAlloc,
		},
	}, nil
}

// SettingChange acknowledges a new value.
type SettingChange struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (s *Server) changeSetting(c call) (any, error) {
	query := c.URL.Query()
	change := SettingChange{Name: query.Get("name"), Value: query.Get("value")}
	if change.Name == "" {
		return nil, badRequest("name is missing")
	}
	s.settings.Set(change.Name, change.Value)
	return change, nil
}
