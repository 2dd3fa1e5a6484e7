package inventory

import (
	"example.com/storefront/internal/catalog"
	"example.com/storefront/internal/rng"
)

// hold is stock that a picker has been sent for and that nobody else may promise.
type hold struct {
	product *catalog.Product
	bin     string
	pieces  int
	placed  int
}

// holdWindow keeps the holds of one zone: a hold is released when the picker is depth lines
// further, so about depth of them are open at any time.
type holdWindow struct {
	open  map[uint64]hold
	queue []uint64 // ring of open holds, oldest at head
	head  int
}

func newHoldWindow(depth int) *holdWindow {
	return &holdWindow{
		open:  make(map[uint64]hold, depth),
		queue: make([]uint64, 0, depth),
	}
}

// place opens a hold and returns the oldest one when the window is full.
func (w *holdWindow) place(id uint64, h hold) (hold, bool) {
	if len(w.queue) < cap(w.queue) {
		w.queue = append(w.queue, id)
		w.open[id] = h
		return hold{}, false
	}
	released := w.release(w.queue[w.head])
	w.queue[w.head] = id
	w.head = (w.head + 1) % len(w.queue)
	w.open[id] = h
	return released, true
}

func (w *holdWindow) release(id uint64) hold {
	h := w.open[id]
	delete(w.open, id)
	return h
}

// drain releases everything that is still open.
func (w *holdWindow) drain(each func(hold)) {
	for _, id := range w.queue {
		if h, ok := w.open[id]; ok {
			each(h)
			delete(w.open, id)
		}
	}
	w.queue, w.head = w.queue[:0], 0
}

// WavePlan sums up what a pick wave will take off the shelves.
type WavePlan struct {
	Lines    int   `json:"lines"`
	Released int   `json:"released"`
	Pieces   int   `json:"pieces"`
	Grams    int64 `json:"grams"`
	Aisles   int   `json:"aisles"` // changes of aisle on the way
}

// WaveShape says how large a pick wave is.
type WaveShape struct {
	Zones int
	Lines int // of each zone
	Depth int // holds open at a time in a zone
}

// PlanWave walks the zones of a pick wave in picking order.
func (s *Stock) PlanWave(wave uint64, shape WaveShape) WavePlan {
	var plan WavePlan
	for zone := 0; zone < shape.Zones; zone++ {
		s.planZone(&plan, rng.Derive(wave, uint64(zone)), shape)
	}
	return plan
}

func (s *Stock) planZone(plan *WavePlan, r *rng.Source, shape WaveShape) {
	window := newHoldWindow(shape.Depth)
	lastBin := ""
	release := func(h hold) {
		plan.Released++
		plan.Pieces += h.pieces
		plan.Grams += int64(h.pieces) * int64(h.product.WeightGrams)
		if h.bin != lastBin {
			plan.Aisles++
			lastBin = h.bin
		}
	}
	for line := 0; line < shape.Lines; line++ {
		id := r.Next()
		p := s.catalog.At(int(id % uint64(s.catalog.Len())))
		h := hold{product: p, bin: p.Category, pieces: 1 + int(id>>60), placed: line}
		if released, ok := window.place(id, h); ok {
			release(released)
		}
		plan.Lines++
	}
	window.drain(release)
}
