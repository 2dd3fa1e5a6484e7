package api

import (
	"encoding/json"
	"errors"

	"example.com/storefront/internal/cart"
	"example.com/storefront/internal/catalog"
	"example.com/storefront/internal/inventory"
)

// assortmentSize is how many products a business account may order.
const assortmentSize = 500

// AccountQuotes sums up the prices of an account's assortment under one price list.
type AccountQuotes struct {
	Account    string     `json:"account"`
	List       int        `json:"list"`
	Quotes     int        `json:"quotes"`
	TotalCents int64      `json:"total_cents"`
	Best       []QuoteRow `json:"best"` // the first page
}

// QuoteRow is one quote.
type QuoteRow struct {
	SKU       string   `json:"sku"`
	UnitCents int64    `json:"unit_cents"`
	Breaks    [3]int64 `json:"breaks"`
}

func (s *Server) accountQuotes(c call) (any, error) {
	query := c.URL.Query()
	list, err := number(query.Get("list"), 0)
	if err != nil {
		return nil, err
	}
	number, err := number(query.Get("number"), 0)
	if err != nil {
		return nil, err
	}
	account := query.Get("account")
	if account == "" {
		return nil, badRequest("account is missing")
	}
	quotes := s.quotes.ForAccount(list, account, s.assortment(number))
	out := AccountQuotes{Account: account, List: list, Quotes: len(quotes)}
	for i, q := range quotes {
		out.TotalCents += q.UnitCents
		if i < 20 {
			out.Best = append(out.Best, QuoteRow{q.Product.SKU, q.UnitCents, q.Breaks})
		}
	}
	return out, nil
}

// assortment returns the products of an account: a run of the catalogue with a fixed stride.
func (s *Server) assortment(number int) []*catalog.Product {
	n := s.catalog.Len()
	size := assortmentSize
	if size > n {
		size = n
	}
	stride := n / size
	out := make([]*catalog.Product, 0, size)
	for k := 0; k < size; k++ {
		out = append(out, s.catalog.At((number*7+k*stride)%n))
	}
	return out
}

// OrderSheet is an order as an account enters it.
type OrderSheet struct {
	Account string       `json:"account"`
	Entries []OrderEntry `json:"entries"`
}

// OrderEntry is one line of an order sheet.
type OrderEntry struct {
	SKU    string `json:"sku"`
	Pieces int    `json:"pieces"`
}

// OrderPreview is what an order sheet would cost.
type OrderPreview struct {
	Account       string           `json:"account"`
	Lines         int              `json:"lines"`
	Grams         int              `json:"grams"`
	DiscountCents int64            `json:"discount_cents"`
	TotalCents    int64            `json:"total_cents"`
	TaxCents      map[string]int64 `json:"tax_cents"`
}

func (s *Server) previewOrder(c call) (any, error) {
	var sheet OrderSheet
	if err := json.NewDecoder(c.Body).Decode(&sheet); err != nil {
		return nil, badRequest(err.Error())
	}
	order := cart.NewOrder(sheet.Account)
	for _, e := range sheet.Entries {
		p, ok := s.catalog.Find(e.SKU)
		if !ok {
			return nil, notFound("no such product: " + e.SKU)
		}
		order.Add(p, e.Pieces)
	}
	charges := order.Charges(s.table.Cents)
	preview := OrderPreview{
		Account:  order.Account,
		Lines:    order.Lines(),
		Grams:    order.Grams(),
		TaxCents: cart.Taxes(s.catalog, charges),
	}
	for _, charge := range charges {
		preview.DiscountCents += charge.DiscountCents
		preview.TotalCents += charge.TotalCents
	}
	return preview, nil
}

// CartChange is what was put into the visitor's cart.
type CartChange struct {
	SKU    string `json:"sku"`
	Pieces int    `json:"pieces"`
}

func (s *Server) addToCart(c call) (any, error) {
	if c.visitor == nil {
		return nil, badRequest(SessionHeader + " is missing")
	}
	var change CartChange
	if err := json.NewDecoder(c.Body).Decode(&change); err != nil {
		return nil, badRequest(err.Error())
	}
	if _, ok := s.catalog.Find(change.SKU); !ok {
		return nil, notFound("no such product: " + change.SKU)
	}
	c.visitor.Cart.Add(change.SKU, change.Pieces)
	return change, nil
}

// StockFeed is what a warehouse counted on one day, or a part of it.
type StockFeed struct {
	Warehouse int               `json:"warehouse"`
	Day       int               `json:"day"`
	Counts    []inventory.Count `json:"counts"`
}

// StockReceipt acknowledges a feed.
type StockReceipt struct {
	Applied int `json:"applied"`
}

func (s *Server) applyStock(c call) (any, error) {
	var feed StockFeed
	if err := json.NewDecoder(c.Body).Decode(&feed); err != nil {
		return nil, badRequest(err.Error())
	}
	n, err := s.stock.Apply(feed.Warehouse, feed.Day, feed.Counts)
	if errors.Is(err, inventory.ErrUnknownWarehouse) {
		return nil, notFound(err.Error())
	}
	if err != nil {
		return nil, badRequest(err.Error())
	}
	return StockReceipt{Applied: n}, nil
}

// Wave is the plan of one pick wave.
type Wave struct {
	Wave int `json:"wave"`
	inventory.WavePlan
}

func (s *Server) planWave(c call) (any, error) {
	wave, err := number(c.URL.Query().Get("wave"), 0)
	if err != nil {
		return nil, err
	}
	s.waves.Add(1)
	plan := s.stock.PlanWave(uint64(wave), inventory.WaveShape{
		Zones: s.setting("warehouse.wave_zones", 2),
		Lines: s.setting("warehouse.zone_length", 1600),
		Depth: s.setting("warehouse.hold_depth", 96),
	})
	return Wave{Wave: wave, WavePlan: plan}, nil
}
