// Package search finds products by the words of their names and prepares what a result page
// shows next to the hits.
package search

import (
	"sort"

	"example.com/storefront/internal/catalog"
)

// Query is what a customer asked for.
type Query struct {
	Word     string
	MaxCents int64 // 0: any price
	Limit    int
}

// Index is an inverted index over the words of product names.
type Index struct {
	words    []string
	postings [][]*catalog.Product
}

// NewIndex builds the index of a catalogue.
func NewIndex(c *catalog.Catalog) *Index {
	type entry struct {
		word    string
		product *catalog.Product
	}
	entries := make([]entry, 0, 2*c.Len())
	for i := 0; i < c.Len(); i++ {
		p := c.At(i)
		for _, w := range p.Words {
			entries = append(entries, entry{w, p})
		}
	}
	sort.SliceStable(entries, func(i, j int) bool { return entries[i].word < entries[j].word })
	x := &Index{}
	for _, e := range entries {
		if n := len(x.words); n == 0 || x.words[n-1] != e.word {
			x.words = append(x.words, e.word)
			x.postings = append(x.postings, nil)
		}
		last := len(x.postings) - 1
		x.postings[last] = append(x.postings[last], e.product)
	}
	return x
}

// Find returns the products that match a query, the cheapest first.
func (x *Index) Find(q Query) []*catalog.Product {
	i := sort.SearchStrings(x.words, q.Word)
	if i == len(x.words) || x.words[i] != q.Word {
		return nil
	}
	hits := make([]*catalog.Product, 0, q.Limit)
	for _, p := range x.postings[i] {
		if len(hits) == q.Limit {
			break
		}
		if q.MaxCents == 0 || p.BaseCents <= q.MaxCents {
			hits = append(hits, p)
		}
	}
	sort.Slice(hits, func(i, j int) bool {
		if hits[i].BaseCents != hits[j].BaseCents {
			return hits[i].BaseCents < hits[j].BaseCents
		}
		return hits[i].SKU < hits[j].SKU
	})
	return hits
}
