package inventory

import (
	"errors"
	"testing"

	"example.com/storefront/internal/catalog"
)

func counts(n int) []Count {
	out := make([]Count, n)
	for i := range out {
		out[i] = Count{SKU: catalog.SKU(i), OnHand: i}
	}
	return out
}

func TestApply(t *testing.T) {
	s := NewStock(catalog.Generate(1, 100), 2)
	for _, step := range []struct{ warehouse, day, lines int }{{0, 1, 20}, {0, 1, 30}, {1, 1, 10}, {0, 2, 5}} {
		n, err := s.Apply(step.warehouse, step.day, counts(step.lines))
		if err != nil || n != step.lines {
			t.Fatalf("Apply(%+v) = %d, %v", step, n, err)
		}
	}
	got := s.Totals()
	if got.Applied != 65 || got.Counted != 30+10+5 {
		t.Errorf("totals %+v", got)
	}
	if got.Reorder != 2 { // the product with nothing on hand, in each warehouse
		t.Errorf("%d products to order, want 2", got.Reorder)
	}
}

func TestApplyRefuses(t *testing.T) {
	s := NewStock(catalog.Generate(1, 10), 1)
	if _, err := s.Apply(1, 0, counts(1)); !errors.Is(err, ErrUnknownWarehouse) {
		t.Errorf("warehouse 1: %v", err)
	}
	for day := 10; day < 10+keptDays; day++ {
		if _, err := s.Apply(0, day, counts(1)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Apply(0, 12, counts(1)); err != nil {
		t.Errorf("a day that is still kept: %v", err)
	}
	if _, err := s.Apply(0, 9, counts(1)); err == nil {
		t.Error("a day before the kept ones was accepted")
	}
}

func TestDaysMayArriveOutOfOrder(t *testing.T) {
	w := &Warehouse{}
	for _, day := range []int{3, 1, 2, 5, 4, 6, 7} {
		if w.ledgerOf(day) == nil {
			t.Fatalf("day %d is closed", day)
		}
	}
	for i, l := range w.days {
		if l.day != 3+i {
			t.Errorf("kept day %d is %d", i, l.day)
		}
	}
}

func TestHoldWindow(t *testing.T) {
	const depth = 4
	w := newHoldWindow(depth)
	released := 0
	for i := 0; i < 50; i++ {
		h, ok := w.place(uint64(i), hold{placed: i})
		if ok {
			released++
			if h.placed != i-depth {
				t.Fatalf("line %d released line %d", i, h.placed)
			}
		}
		if len(w.open) > depth {
			t.Fatalf("%d holds open", len(w.open))
		}
	}
	w.drain(func(hold) { released++ })
	if released != 50 || len(w.open) != 0 {
		t.Errorf("%d released, %d open", released, len(w.open))
	}
}

func TestPlanWave(t *testing.T) {
	s := NewStock(catalog.Generate(1, 100), 1)
	shape := WaveShape{Zones: 3, Lines: 40, Depth: 8}
	plan := s.PlanWave(9, shape)
	if plan.Lines != 120 || plan.Released != 120 || plan.Pieces < 120 || plan.Grams <= 0 {
		t.Errorf("plan %+v", plan)
	}
	if again := s.PlanWave(9, shape); again != plan {
		t.Errorf("second plan %+v, first %+v", again, plan)
	}
}

func TestAvailable(t *testing.T) {
	c := catalog.Generate(1, 20)
	products := []*catalog.Product{c.At(1), c.At(2)}
	got := NewStock(c, 1).Available(products)
	if len(got) != 2 {
		t.Errorf("%d products, want 2", len(got))
	}
}
