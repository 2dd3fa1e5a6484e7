package pricing

import (
	"sync"
	"sync/atomic"

	"example.com/storefront/internal/catalog"
	"example.com/storefront/internal/rng"
)

// keptLists is how many published price lists stay cached: the current one and its predecessor,
// which requests that started before the change still use.
const keptLists = 2

// Quote is the price of one product for one account under one price list.
type Quote struct {
	Product   *catalog.Product
	Account   string
	UnitCents int64
	Breaks    [3]int64 // unit price from 10, 50 and 250 pieces
}

// priceList caches the quotes given under one published list.
type priceList struct {
	mu     sync.RWMutex
	quotes map[string]*Quote
}

func newPriceList() *priceList {
	return &priceList{quotes: make(map[string]*Quote)}
}

func (l *priceList) lookup(key string) *Quote {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.quotes[key]
}

func (l *priceList) store(key string, q *Quote) *Quote {
	l.mu.Lock()
	defer l.mu.Unlock()
	if prior, ok := l.quotes[key]; ok {
		return prior
	}
	l.quotes[key] = q
	return q
}

func (l *priceList) len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.quotes)
}

// QuoteBook answers quotes and caches them for each price list.
type QuoteBook struct {
	table  *Table
	given  atomic.Int64
	mu     sync.Mutex
	newest int
	lists  map[int]*priceList
}

// NewQuoteBook returns a book over list prices.
func NewQuoteBook(t *Table) *QuoteBook {
	return &QuoteBook{table: t, newest: -1, lists: make(map[int]*priceList)}
}

// Given returns the number of quotes given so far.
func (b *QuoteBook) Given() int64 { return b.given.Load() }

// Cached returns the number of quotes in the cached lists.
func (b *QuoteBook) Cached() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, l := range b.lists {
		n += l.len()
	}
	return n
}

// ForAccount returns the quotes of an account for an assortment under a published list.
func (b *QuoteBook) ForAccount(list int, account string, assortment []*catalog.Product) []*Quote {
	l := b.list(list)
	out := make([]*Quote, 0, len(assortment))
	for _, p := range assortment {
		key := account + "/" + p.SKU
		q := l.lookup(key)
		if q == nil {
			q = l.store(key, b.quote(list, account, p))
		}
		out = append(out, q)
	}
	b.given.Add(int64(len(out)))
	return out
}

// list returns the cache of a published list; one that is out of date gets a cache of its own
// that nobody keeps.
func (b *QuoteBook) list(n int) *priceList {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l, ok := b.lists[n]; ok {
		return l
	}
	l := newPriceList()
	if n <= b.newest-keptLists {
		return l
	}
	if n > b.newest {
		b.newest = n
		for old := range b.lists {
			if old <= n-keptLists {
				delete(b.lists, old)
			}
		}
	}
	b.lists[n] = l
	return l
}

func (b *QuoteBook) quote(list int, account string, p *catalog.Product) *Quote {
	h := rng.Mix(hash(account) + uint64(list))
	unit := b.table.Cents(p.SKU) * int64(80+h%20) / 100
	q := &Quote{Product: p, Account: account, UnitCents: unit}
	for i := range q.Breaks {
		unit -= unit * int64(2+(h>>(8*i))%4) / 100
		q.Breaks[i] = unit
	}
	return q
}

func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
