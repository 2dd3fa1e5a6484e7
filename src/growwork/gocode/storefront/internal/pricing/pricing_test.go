package pricing

import (
	"reflect"
	"testing"

	"example.com/storefront/internal/catalog"
)

func testBook(t *testing.T) (*QuoteBook, []*catalog.Product) {
	t.Helper()
	c := catalog.Generate(1, 50)
	products := make([]*catalog.Product, c.Len())
	for i := range products {
		products[i] = c.At(i)
	}
	return NewQuoteBook(NewTable(c)), products
}

func TestQuotesAreCachedPerListAndAccount(t *testing.T) {
	b, products := testBook(t)
	first := b.ForAccount(1, "A1", products)
	again := b.ForAccount(1, "A1", products)
	for i := range first {
		if first[i] != again[i] {
			t.Fatalf("quote %d was made twice", i)
		}
	}
	if n := b.Cached(); n != len(products) {
		t.Errorf("%d quotes cached, want %d", n, len(products))
	}
	if n := b.Given(); n != int64(2*len(products)) {
		t.Errorf("%d quotes given", n)
	}
	if b.ForAccount(2, "A1", products)[0] == first[0] {
		t.Error("a new list gave a quote of the old one")
	}
}

func TestOldListsAreDropped(t *testing.T) {
	b, products := testBook(t)
	want := *b.ForAccount(1, "A1", products)[0]
	for list := 2; list <= 5; list++ {
		b.ForAccount(list, "A1", products)
	}
	if n := b.Cached(); n != keptLists*len(products) {
		t.Errorf("%d quotes cached, want those of %d lists", n, keptLists)
	}
	late := *b.ForAccount(1, "A1", products)[0]
	if !reflect.DeepEqual(late, want) {
		t.Errorf("late quote %+v, want %+v", late, want)
	}
	if n := b.Cached(); n != keptLists*len(products) {
		t.Errorf("a list that is out of date was cached: %d quotes", n)
	}
}

func TestQuotesFallWithPieces(t *testing.T) {
	b, products := testBook(t)
	for _, q := range b.ForAccount(7, "A9", products) {
		last := q.UnitCents
		for _, cents := range q.Breaks {
			if cents > last || cents <= 0 {
				t.Fatalf("breaks of %s: %d, %v", q.Product.SKU, q.UnitCents, q.Breaks)
			}
			last = cents
		}
	}
}

func TestInCurrencies(t *testing.T) {
	got := InCurrencies(1_000)
	if got["EUR"] != 1_000 || got["USD"] != 1_085 || len(got) != len(rates) {
		t.Errorf("InCurrencies = %v", got)
	}
}

func TestPromotions(t *testing.T) {
	_, shelf := testBook(t)
	promotions := Promotions(shelf, 3)
	if len(promotions) != 3 || promotions[0].SKU != shelf[3].SKU {
		t.Errorf("promotions %v", promotions)
	}
	for _, p := range promotions {
		if p.Percent < 5 || p.Percent > 24 {
			t.Errorf("%d per cent", p.Percent)
		}
	}
}
