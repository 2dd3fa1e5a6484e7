// Package cart holds what customers are about to buy: the small cart of a browsing customer and
// the large order sheet of a business account.
package cart

import "sync"

// Cart is the cart of one session. The zero value is not ready; use New.
type Cart struct {
	mu    sync.Mutex
	items map[string]int
}

// New returns an empty cart.
func New() *Cart { return &Cart{items: make(map[string]int)} }

// Add puts pieces of a product into the cart.
func (c *Cart) Add(sku string, pieces int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items[sku] += pieces
}

// Pieces returns the number of pieces in the cart.
func (c *Cart) Pieces() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, pieces := range c.items {
		n += pieces
	}
	return n
}
