package cart

import "example.com/storefront/internal/catalog"

// Line is one product on an order sheet.
type Line struct {
	Pieces  int
	Entries int // how often the product was entered
	Grams   int
}

// Charge is what one line costs.
type Charge struct {
	UnitCents     int64
	DiscountCents int64
	TotalCents    int64
}

// Order adds up the entries of an order sheet, in which a product may occur many times.
type Order struct {
	Account string
	lines   map[string]Line
	grams   int
}

// NewOrder returns an empty order of an account.
func NewOrder(account string) *Order {
	return &Order{
		Account: account,
		lines:   make(map[string]Line),
	}
}

// Add enters pieces of a product.
func (o *Order) Add(p *catalog.Product, pieces int) {
	l := o.lines[p.SKU]
	l.Pieces += pieces
	l.Entries++
	l.Grams += pieces * p.WeightGrams
	o.lines[p.SKU] = l
	o.grams += pieces * p.WeightGrams
}

// Lines returns the number of different products.
func (o *Order) Lines() int { return len(o.lines) }

// Grams returns the weight of the order.
func (o *Order) Grams() int { return o.grams }

// Charges prices every line; discount is in per cent and grows with the pieces of a line.
func (o *Order) Charges(unitCents func(sku string) int64) map[string]Charge {
	charges := make(map[string]Charge)
	for sku, line := range o.lines {
		unit := unitCents(sku)
		gross := unit * int64(line.Pieces)
		discount := gross * discountPercent(line.Pieces) / 100
		charges[sku] = Charge{UnitCents: unit, DiscountCents: discount, TotalCents: gross - discount}
	}
	return charges
}

func discountPercent(pieces int) int64 {
	switch {
	case pieces >= 50:
		return 9
	case pieces >= 10:
		return 4
	default:
		return 0
	}
}

// taxPercent is the rate of each tax class.
var taxPercent = map[string]int64{"standard": 19, "reduced": 7, "zero": 0}

// Taxes returns the tax contained in charges per tax class, in cents.
func Taxes(c *catalog.Catalog, charges map[string]Charge) map[string]int64 {
	taxes := map[string]int64{}
	for sku, charge := range charges {
		p, ok := c.Find(sku)
		if !ok {
			continue
		}
		rate := taxPercent[p.TaxClass]
		taxes[p.TaxClass] += charge.TotalCents * rate / (100 + rate)
	}
	return taxes
}
