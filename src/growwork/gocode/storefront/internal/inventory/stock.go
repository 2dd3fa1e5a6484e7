// Package inventory knows how much of every product is where: opening stock, the daily counts
// of warehouses, and the pick waves that take goods off the shelves.
package inventory

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"example.com/storefront/internal/catalog"
	"example.com/storefront/internal/rng"
)

// keptDays is how many days of counts a warehouse keeps.
const keptDays = 5

// ErrUnknownWarehouse is returned for a warehouse that does not exist.
var ErrUnknownWarehouse = errors.New("unknown warehouse")

// Count is one line of a warehouse's stock feed.
type Count struct {
	SKU    string `json:"sku"`
	OnHand int    `json:"on_hand"`
}

// Level is the counted stock of one product in one warehouse.
type Level struct {
	OnHand  int
	Reorder int
	Counted int
}

// ledger holds the counts of one warehouse and day.
type ledger struct {
	mu     sync.RWMutex
	day    int
	levels map[string]Level
}

func newLedger(day int) *ledger {
	return &ledger{day: day, levels: make(map[string]Level)}
}

// apply enters counts and returns how many products were counted for the first time that day.
func (l *ledger) apply(counts []Count) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.levels)
	for _, c := range counts {
		level := l.levels[c.SKU]
		level.OnHand = c.OnHand
		level.Reorder = c.OnHand / 4
		level.Counted++
		l.levels[c.SKU] = level
	}
	return len(l.levels) - before
}

// reorder returns how many of the products counted so far have to be ordered.
func (l *ledger) reorder() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n := 0
	for _, level := range l.levels {
		if level.OnHand <= level.Reorder {
			n++
		}
	}
	return n
}

// Warehouse keeps the ledgers of the last days.
type Warehouse struct {
	mu   sync.RWMutex
	days []*ledger
}

// ledgerOf returns the ledger of a day, nil if the day is no longer kept.
func (w *Warehouse) ledgerOf(day int) *ledger {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.days {
		if l.day == day {
			return l
		}
	}
	if n := len(w.days); n > 0 && day < w.days[0].day {
		if n == keptDays {
			return nil
		}
	}
	l := newLedger(day)
	w.days = append(w.days, l)
	for i := len(w.days) - 1; i > 0 && w.days[i].day < w.days[i-1].day; i-- {
		w.days[i], w.days[i-1] = w.days[i-1], w.days[i]
	}
	if len(w.days) > keptDays {
		w.days = append(w.days[:0], w.days[1:]...)
	}
	return l
}

// reorder returns how many products have to be ordered by the counts of the latest day.
func (w *Warehouse) reorder() int {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if len(w.days) == 0 {
		return 0
	}
	return w.days[len(w.days)-1].reorder()
}

// Stock is the inventory of the shop.
type Stock struct {
	catalog    *catalog.Catalog
	warehouses []*Warehouse
	applied    atomic.Int64
	counted    atomic.Int64
}

// NewStock opens a number of warehouses.
func NewStock(c *catalog.Catalog, warehouses int) *Stock {
	s := &Stock{catalog: c, warehouses: make([]*Warehouse, warehouses)}
	for i := range s.warehouses {
		s.warehouses[i] = &Warehouse{}
	}
	return s
}

// Apply enters one stock feed and returns the number of its lines.
func (s *Stock) Apply(warehouse, day int, counts []Count) (int, error) {
	if warehouse < 0 || warehouse >= len(s.warehouses) {
		return 0, ErrUnknownWarehouse
	}
	l := s.warehouses[warehouse].ledgerOf(day)
	if l == nil {
		return 0, fmt.Errorf("day %d is closed", day)
	}
	s.counted.Add(int64(l.apply(counts)))
	s.applied.Add(int64(len(counts)))
	return len(counts), nil
}

// Available returns the pieces on sale of each product asked for.
func (s *Stock) Available(products []*catalog.Product) map[string]int {
	available := make(map[string]int, len(products))
	for _, p := range products {
		available[p.SKU] = opening(p)
	}
	return available
}

func opening(p *catalog.Product) int {
	return int(rng.Mix(uint64(p.BaseCents)<<20+uint64(p.WeightGrams)) % 400)
}

// Totals sums up the feeds.
type Totals struct {
	Applied int64 `json:"applied"` // lines
	Counted int64 `json:"counted"` // products counted, once a day and warehouse
	Reorder int   `json:"reorder"` // products to order, by the latest counts
}

// Totals returns the sums so far.
func (s *Stock) Totals() Totals {
	t := Totals{Applied: s.applied.Load(), Counted: s.counted.Load()}
	for _, w := range s.warehouses {
		t.Reorder += w.reorder()
	}
	return t
}
