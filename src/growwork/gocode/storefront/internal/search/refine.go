package search

import (
	"sort"

	"example.com/storefront/internal/catalog"
)

// Facet is one value customers can narrow a result with.
type Facet struct {
	catalog.Attribute
	Count int `json:"count"`
}

// Facets counts the attribute values of hits and returns the most frequent ones and the number
// of different values.
func Facets(hits []*catalog.Product, top int) ([]Facet, int) {
	counts := make(map[catalog.Attribute]int)
	for _, p := range hits {
		for _, a := range p.Attributes {
			counts[a]++
		}
	}
	facets := make([]Facet, 0, len(counts))
	for a, n := range counts {
		facets = append(facets, Facet{Attribute: a, Count: n})
	}
	sort.Slice(facets, func(i, j int) bool { return facets[i].before(facets[j]) })
	if len(facets) > top {
		return facets[:top], len(counts)
	}
	return facets, len(counts)
}

func (f Facet) before(g Facet) bool {
	switch {
	case f.Count != g.Count:
		return f.Count > g.Count
	case f.Name != g.Name:
		return f.Name < g.Name
	default:
		return f.Value < g.Value
	}
}

// BrandShelf is the part of a result that one brand offers.
type BrandShelf struct {
	Brand     string `json:"brand"`
	Hits      int    `json:"hits"`
	FromCents int64  `json:"from_cents"`
	Cheapest  string `json:"cheapest"`
}

// ByBrand splits hits by brand. Hits must be sorted by price; shelves come sorted by the number
// of their hits, and at most top of them.
func ByBrand(hits []*catalog.Product, top int) []BrandShelf {
	brands := make(map[string][]*catalog.Product)
	for _, p := range hits {
		brands[p.Brand] = append(brands[p.Brand], p)
	}
	shelves := make([]BrandShelf, 0, len(brands))
	for brand, products := range brands {
		shelves = append(shelves, BrandShelf{
			Brand:     brand,
			Hits:      len(products),
			FromCents: products[0].BaseCents,
			Cheapest:  products[0].SKU,
		})
	}
	sort.Slice(shelves, func(i, j int) bool {
		if shelves[i].Hits != shelves[j].Hits {
			return shelves[i].Hits > shelves[j].Hits
		}
		return shelves[i].Brand < shelves[j].Brand
	})
	if len(shelves) > top {
		shelves = shelves[:top]
	}
	return shelves
}
