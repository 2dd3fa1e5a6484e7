package loadgen

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"example.com/storefront/internal/api"
	"example.com/storefront/internal/catalog"
	"example.com/storefront/internal/inventory"
)

const (
	visitors       = 3_000
	accounts       = 460
	warehouses     = 30
	feedLines      = 240
	feedParts      = 3
	sheetRepeats   = 45
	cartChoices    = 6
	searchMinCents = 34_000
	searchSpread   = 6_500
)

// request is what goes over the wire and how its answer is judged.
type request struct {
	method  string
	target  string // path and query
	visitor string
	body    any // nil: none
	check   func(body []byte) error
}

// build turns a task into a request to a shop with the given number of products.
func build(t task, products int) request {
	r := builders[t.kind](t, products)
	r.visitor = fmt.Sprintf("V%05d", t.random.Intn(visitors))
	if t.kind == addToCart {
		r.body = cartChange(t, r.visitor, products)
	}
	return r
}

var builders = [len(mix)]func(t task, products int) request{
	browse:    buildBrowse,
	find:      buildSearch,
	quotes:    buildQuotes,
	stock:     buildStock,
	wave:      buildWave,
	order:     buildOrder,
	recommend: buildRecommend,
	addToCart: buildAddToCart,
	setting:   buildSetting,
}

// listingAnswer is what the driver looks at in an api.Listing.
type listingAnswer struct {
	Total   int         `json:"total"`
	Reduced int         `json:"reduced"`
	Rows    []rowAnswer `json:"rows"`
	Links   struct {
		Self string `json:"self"`
	} `json:"links"`
}

// searchAnswer is what the driver looks at in an api.SearchResult.
type searchAnswer struct {
	Total  int         `json:"total"`
	Values int         `json:"values"`
	Rows   []rowAnswer `json:"rows"`
	Facets []struct {
		Count int `json:"count"`
	} `json:"facets"`
}

// rowAnswer is what the driver looks at in an api.ProductRow.
type rowAnswer struct {
	SKU string `json:"sku"`
}

func buildBrowse(t task, products int) request {
	names := catalog.CategoryNames()
	shelf := t.random.Intn(len(names))
	total := (products - shelf + len(names) - 1) / len(names)
	page := t.random.Low((total + 23) / 24)
	target := "/api/products?category=" + url.QueryEscape(names[shelf]) + "&page=" + strconv.Itoa(page)
	return request{method: http.MethodGet, target: target, check: func(body []byte) error {
		var l listingAnswer
		if err := json.Unmarshal(body, &l); err != nil {
			return err
		}
		return must(l.Total == total && len(l.Rows) > 0 && l.Reduced > 0 && l.Links.Self == target,
			"listing of %d products, want %d", l.Total, total)
	}}
}

func buildSearch(t task, _ int) request {
	words := catalog.Adjectives()
	word := words[t.random.Intn(len(words))]
	ceiling := searchMinCents + t.random.Intn(searchSpread)
	target := fmt.Sprintf("/api/search?q=%s&max=%d", word, ceiling)
	return request{method: http.MethodGet, target: target, check: func(body []byte) error {
		var s searchAnswer
		if err := json.Unmarshal(body, &s); err != nil {
			return err
		}
		for i := 1; i < len(s.Facets); i++ {
			if s.Facets[i].Count > s.Facets[i-1].Count {
				return errors.New("facets are not sorted")
			}
		}
		return must(s.Total > 0 && s.Values >= len(s.Facets) && len(s.Rows) > 0, "no hits for %s", word)
	}}
}

func buildQuotes(t task, products int) request {
	list := t.block / blocksPerList
	account := t.serial % accounts
	target := fmt.Sprintf("/api/quotes?account=A%03d&number=%d&list=%d", account, account, list)
	return request{method: http.MethodGet, target: target, check: func(body []byte) error {
		var q api.AccountQuotes
		if err := json.Unmarshal(body, &q); err != nil {
			return err
		}
		return must(q.Quotes > 0 && q.Quotes <= products && q.TotalCents > 0 && q.List == list,
			"%d quotes of list %d", q.Quotes, q.List)
	}}
}

func buildStock(t task, products int) request {
	perDay := blocksPerDay * mix[stock]
	nth := t.serial % perDay
	part := nth / warehouses % feedParts
	feed := api.StockFeed{
		Warehouse: nth % warehouses,
		Day:       t.block / blocksPerDay,
		Counts:    make([]inventory.Count, feedLines),
	}
	first := feed.Warehouse*397 + part*feedLines
	for i := range feed.Counts {
		feed.Counts[i] = inventory.Count{
			SKU:    catalog.SKU((first + i) % products),
			OnHand: t.random.Intn(400),
		}
	}
	return request{method: http.MethodPost, target: "/api/stock", body: feed, check: func(body []byte) error {
		var receipt api.StockReceipt
		if err := json.Unmarshal(body, &receipt); err != nil {
			return err
		}
		return must(receipt.Applied == feedLines, "%d lines applied, want %d", receipt.Applied, feedLines)
	}}
}

func buildWave(t task, _ int) request {
	target := "/api/waves?wave=" + strconv.Itoa(t.serial)
	return request{method: http.MethodGet, target: target, check: func(body []byte) error {
		var w api.Wave
		if err := json.Unmarshal(body, &w); err != nil {
			return err
		}
		return must(w.Lines > 0 && w.Released == w.Lines && w.Pieces >= w.Lines,
			"%d of %d lines released", w.Released, w.Lines)
	}}
}

func buildOrder(t task, products int) request {
	lines := 150 + t.random.Intn(30)
	first := t.random.Intn(products)
	sheet := api.OrderSheet{
		Account: fmt.Sprintf("A%03d", t.random.Intn(accounts)),
		Entries: make([]api.OrderEntry, 0, lines+sheetRepeats),
	}
	for i := 0; i < lines+sheetRepeats; i++ {
		nth := i
		if i >= lines {
			nth = t.random.Intn(lines)
		}
		sheet.Entries = append(sheet.Entries, api.OrderEntry{
			SKU:    catalog.SKU((first + nth*11) % products),
			Pieces: 1 + t.random.Low(60),
		})
	}
	return request{method: http.MethodPost, target: "/api/orders/preview", body: sheet, check: func(body []byte) error {
		var p api.OrderPreview
		if err := json.Unmarshal(body, &p); err != nil {
			return err
		}
		var tax int64
		for _, cents := range p.TaxCents {
			tax += cents
		}
		return must(p.Lines == lines && p.TotalCents > p.DiscountCents && tax < p.TotalCents,
			"preview of %d lines, want %d", p.Lines, lines)
	}}
}

func buildRecommend(t task, products int) request {
	sku := catalog.SKU(t.random.Intn(products))
	return request{method: http.MethodGet, target: "/api/recommendations?sku=" + sku, check: func(body []byte) error {
		var r api.Recommendations
		if err := json.Unmarshal(body, &r); err != nil {
			return err
		}
		return must(len(r.Related) > 0 && r.SKU == sku, "nothing goes with %s", sku)
	}}
}

func buildAddToCart(task, int) request {
	return request{method: http.MethodPost, target: "/api/cart", check: func(body []byte) error {
		var c api.CartChange
		if err := json.Unmarshal(body, &c); err != nil {
			return err
		}
		return must(c.Pieces > 0, "%d pieces in the cart", c.Pieces)
	}}
}

// cartChange picks one of the few products that interest a visitor.
func cartChange(t task, visitor string, products int) api.CartChange {
	id, _ := strconv.Atoi(visitor[1:])
	choice := t.random.Intn(cartChoices)
	return api.CartChange{SKU: catalog.SKU((id*31 + choice*17) % products), Pieces: 1 + t.random.Intn(3)}
}

func buildSetting(t task, _ int) request {
	value := "offers of hour " + strconv.Itoa(t.block)
	target := "/api/settings?name=banner&value=" + url.QueryEscape(value)
	return request{method: http.MethodPut, target: target, check: func(body []byte) error {
		var s api.SettingChange
		if err := json.Unmarshal(body, &s); err != nil {
			return err
		}
		return must(s.Value == value, "banner is %q", s.Value)
	}}
}

func must(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}
