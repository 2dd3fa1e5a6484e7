package search

import (
	"testing"

	"example.com/storefront/internal/catalog"
)

func TestFind(t *testing.T) {
	c := catalog.Generate(1, 2_000)
	x := NewIndex(c)
	word := catalog.Adjectives()[0]
	hits := x.Find(Query{Word: word, MaxCents: 20_000, Limit: 30})
	if len(hits) == 0 || len(hits) > 30 {
		t.Fatalf("%d hits", len(hits))
	}
	for i, p := range hits {
		if p.Words[0] != word || p.BaseCents > 20_000 {
			t.Errorf("%s (%d cents) does not match", p.Name, p.BaseCents)
		}
		if i > 0 && hits[i-1].BaseCents > p.BaseCents {
			t.Error("hits are not sorted by price")
		}
	}
	if got := x.Find(Query{Word: "no-such-word", Limit: 5}); got != nil {
		t.Errorf("found %v", got)
	}
}

func TestFacets(t *testing.T) {
	red, blue := catalog.Attribute{Name: "colour", Value: "red"}, catalog.Attribute{Name: "colour", Value: "blue"}
	wool := catalog.Attribute{Name: "material", Value: "wool"}
	hits := []*catalog.Product{
		{Attributes: []catalog.Attribute{red, wool}},
		{Attributes: []catalog.Attribute{blue, wool}},
		{Attributes: []catalog.Attribute{red}},
	}
	facets, values := Facets(hits, 2)
	if values != 3 || len(facets) != 2 {
		t.Fatalf("%d values, %v", values, facets)
	}
	if facets[0] != (Facet{red, 2}) || facets[1] != (Facet{wool, 2}) {
		t.Errorf("facets %v", facets)
	}
}

func TestByBrand(t *testing.T) {
	hits := []*catalog.Product{
		{SKU: "1", Brand: "B", BaseCents: 10},
		{SKU: "2", Brand: "A", BaseCents: 20},
		{SKU: "3", Brand: "A", BaseCents: 30},
	}
	shelves := ByBrand(hits, 5)
	want := []BrandShelf{{"A", 2, 20, "2"}, {"B", 1, 10, "1"}}
	if len(shelves) != 2 || shelves[0] != want[0] || shelves[1] != want[1] {
		t.Errorf("ByBrand = %v, want %v", shelves, want)
	}
	if got := ByBrand(hits, 1); len(got) != 1 {
		t.Errorf("%d shelves, want 1", len(got))
	}
}
