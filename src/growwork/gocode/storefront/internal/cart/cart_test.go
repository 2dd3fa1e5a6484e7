package cart

import (
	"testing"

	"example.com/storefront/internal/catalog"
)

func TestCart(t *testing.T) {
	c := New()
	c.Add("a", 2)
	c.Add("b", 1)
	c.Add("a", 3)
	if got := c.Pieces(); got != 6 {
		t.Errorf("%d pieces, want 6", got)
	}
}

func TestOrder(t *testing.T) {
	products := []*catalog.Product{
		{SKU: "a", WeightGrams: 100, TaxClass: "standard"},
		{SKU: "b", WeightGrams: 10, TaxClass: "zero"},
	}
	c := catalog.New(products, nil)
	o := NewOrder("A1")
	o.Add(products[0], 4)
	o.Add(products[1], 1)
	o.Add(products[0], 6)
	if o.Lines() != 2 || o.Grams() != 1_010 || o.lines["a"].Entries != 2 {
		t.Fatalf("%d lines, %d g, %+v", o.Lines(), o.Grams(), o.lines["a"])
	}
	charges := o.Charges(func(string) int64 { return 119 })
	if got := charges["a"]; got != (Charge{UnitCents: 119, DiscountCents: 47, TotalCents: 1_143}) {
		t.Errorf("charge of a: %+v", got)
	}
	if got := charges["b"]; got != (Charge{UnitCents: 119, TotalCents: 119}) {
		t.Errorf("charge of b: %+v", got)
	}
	taxes := Taxes(c, charges)
	if taxes["standard"] != 1_143*19/119 || taxes["zero"] != 0 {
		t.Errorf("taxes %v", taxes)
	}
}
