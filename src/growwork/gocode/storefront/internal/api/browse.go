package api

import (
	"net/url"
	"sort"
	"strconv"

	"example.com/storefront/internal/catalog"
	"example.com/storefront/internal/pricing"
	"example.com/storefront/internal/recommend"
	"example.com/storefront/internal/search"
)

// ProductRow is a product as lists show it.
type ProductRow struct {
	SKU       string           `json:"sku"`
	Name      string           `json:"name"`
	Brand     string           `json:"brand"`
	Prices    map[string]int64 `json:"prices"`
	Percent   int64            `json:"percent,omitempty"`
	Available int              `json:"available"`
	Teaser    string           `json:"teaser"`
}

// Listing is one page of a category.
type Listing struct {
	Category string             `json:"category"`
	Total    int                `json:"total"`
	Reduced  int                `json:"reduced"`
	Tags     []catalog.TagCount `json:"tags"`
	Rows     []ProductRow       `json:"rows"`
	Links    map[string]string  `json:"links"`
}

// SearchResult is the first page of a search.
type SearchResult struct {
	Query  string              `json:"query"`
	Total  int                 `json:"total"`
	Values int                 `json:"values"` // different attribute values among the hits
	Facets []search.Facet      `json:"facets"`
	Brands []search.BrandShelf `json:"brands"`
	Rows   []ProductRow        `json:"rows"`
}

// offer is a product at today's price.
type offer struct {
	product *catalog.Product
	cents   int64
	percent int64
}

// offers prices a shelf and applies promotions, which may name products of other shelves.
func offers(shelf []*catalog.Product, table *pricing.Table, promotions []pricing.Promotion) []*offer {
	list := make([]*offer, 0, len(shelf))
	for _, p := range shelf {
		list = append(list, &offer{product: p, cents: table.Cents(p.SKU)})
	}
	index := make(map[string]*offer)
	for _, o := range list {
		index[o.product.SKU] = o
	}
	for _, promotion := range promotions {
		if o, ok := index[promotion.SKU]; ok {
			o.percent = promotion.Percent
			o.cents -= o.cents * promotion.Percent / 100
		}
	}
	return list
}

func (s *Server) listing(c call) (any, error) {
	query := c.URL.Query()
	category := query.Get("category")
	shelf := s.catalog.Shelf(category)
	if shelf == nil {
		return nil, notFound("no such category: " + category)
	}
	page, err := number(query.Get("page"), 0)
	if err != nil {
		return nil, err
	}
	list := offers(shelf, s.table, pricing.Promotions(shelf, s.setting("promotions.week", 1)))
	reduced := 0
	for _, o := range list {
		if o.percent > 0 {
			reduced++
		}
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].cents != list[j].cents {
			return list[i].cents < list[j].cents
		}
		return list[i].product.SKU < list[j].product.SKU
	})
	size := s.setting("listing.page_size", 24)
	pages := (len(list) + size - 1) / size
	if page >= pages {
		return nil, notFound("no such page")
	}
	last := (page + 1) * size
	if last > len(list) {
		last = len(list)
	}
	return Listing{
		Category: category,
		Total:    len(list),
		Reduced:  reduced,
		Tags:     catalog.CountTags(shelf),
		Rows:     s.rows(list[page*size : last]),
		Links:    links(category, page, pages),
	}, nil
}

func links(category string, page, pages int) map[string]string {
	to := func(n int) string {
		return "/api/products?category=" + url.QueryEscape(category) + "&page=" + strconv.Itoa(n)
	}
	links := make(map[string]string)
	links["self"] = to(page)
	links["first"] = to(0)
	links["last"] = to(pages - 1)
	if page > 0 {
		links["previous"] = to(page - 1)
	}
	if page < pages-1 {
		links["next"] = to(page + 1)
	}
	return links
}

func (s *Server) rows(list []*offer) []ProductRow {
	products := make([]*catalog.Product, len(list))
	for i, o := range list {
		products[i] = o.product
	}
	available := s.stock.Available(products)
	rows := make([]ProductRow, 0, len(list))
	for _, o := range list {
		rows = append(rows, ProductRow{
			SKU:       o.product.SKU,
			Name:      o.product.Name,
			Brand:     o.product.Brand,
			Prices:    pricing.InCurrencies(o.cents),
			Percent:   o.percent,
			Available: available[o.product.SKU],
			Teaser:    o.product.Description,
		})
	}
	return rows
}

func (s *Server) search(c call) (any, error) {
	query := c.URL.Query()
	ceiling, err := number(query.Get("max"), 0)
	if err != nil {
		return nil, err
	}
	word := query.Get("q")
	hits := s.index.Find(search.Query{
		Word:     word,
		MaxCents: int64(ceiling),
		Limit:    s.setting("search.limit", 420),
	})
	facets, values := search.Facets(hits, s.setting("search.facets", 32))
	first := make([]*offer, 0, 24)
	for _, p := range hits {
		if len(first) == cap(first) {
			break
		}
		first = append(first, &offer{product: p, cents: s.table.Cents(p.SKU)})
	}
	return SearchResult{
		Query:  word,
		Total:  len(hits),
		Values: values,
		Facets: facets,
		Brands: search.ByBrand(hits, s.setting("search.shelves", 12)),
		Rows:   s.rows(first),
	}, nil
}

// Recommendations are products that go with another one.
type Recommendations struct {
	SKU     string   `json:"sku"`
	Related []string `json:"related"`
}

func (s *Server) recommendations(c call) (any, error) {
	sku := c.URL.Query().Get("sku")
	p, ok := s.catalog.Find(sku)
	if !ok {
		return nil, notFound("no such product: " + sku)
	}
	depth := s.setting("recommend.depth", 2)
	return Recommendations{SKU: sku, Related: recommend.Related(s.catalog, p, depth)}, nil
}
