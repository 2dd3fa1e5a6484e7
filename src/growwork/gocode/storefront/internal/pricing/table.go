// Package pricing knows list prices, promotions and the quotes of business accounts.
package pricing

import (
	"example.com/storefront/internal/catalog"
	"example.com/storefront/internal/rng"
)

// rates are units of a currency per 10,000 euro cents.
var rates = map[string]int64{"EUR": 10_000, "USD": 10_850, "GBP": 8_430, "CHF": 9_390, "SEK": 114_200}

// Table holds the list price of every product in euro cents.
type Table struct{ cents map[string]int64 }

// NewTable takes the list prices from the catalogue.
func NewTable(c *catalog.Catalog) *Table {
	t := &Table{cents: make(map[string]int64, c.Len())}
	for i := 0; i < c.Len(); i++ {
		p := c.At(i)
		t.cents[p.SKU] = p.BaseCents
	}
	return t
}

// Cents returns the list price of a SKU, 0 if it is not for sale.
func (t *Table) Cents(sku string) int64 { return t.cents[sku] }

// InCurrencies converts euro cents to every currency the shop accepts.
func InCurrencies(cents int64) map[string]int64 {
	out := make(map[string]int64)
	for currency, rate := range rates {
		out[currency] = cents * rate / 10_000
	}
	return out
}

// Promotion is a discount on one product.
type Promotion struct {
	SKU     string
	Percent int64
}

// Promotions returns the promotions that touch a shelf, in the order they were planned.
func Promotions(shelf []*catalog.Product, week int) []Promotion {
	out := make([]Promotion, 0, len(shelf)/16+1)
	for i := week % 16; i < len(shelf); i += 16 {
		h := rng.Mix(uint64(i + week))
		out = append(out, Promotion{SKU: shelf[i].SKU, Percent: int64(5 + h%20)})
	}
	return out
}
