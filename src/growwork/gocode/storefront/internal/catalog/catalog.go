// Package catalog holds the products of the shop. A catalogue does not change once it is built.
package catalog

import "sort"

// Attribute is one property of a product, such as colour and its value.
type Attribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Product is one article.
type Product struct {
	SKU         string
	Name        string
	Brand       string
	Category    string
	Description string
	Words       []string
	Tags        []string
	Attributes  []Attribute
	Related     []string
	BaseCents   int64
	WeightGrams int
	TaxClass    string
}

// Catalog gives access to products by SKU and by category.
type Catalog struct {
	products   []*Product
	bySKU      map[string]*Product
	categories []string
	shelves    map[string][]*Product
}

// New indexes products. The slice is kept and must not be changed afterwards.
func New(products []*Product, categories []string) *Catalog {
	c := &Catalog{
		products:   products,
		bySKU:      make(map[string]*Product, len(products)),
		categories: categories,
		shelves:    make(map[string][]*Product, len(categories)),
	}
	for _, p := range products {
		c.bySKU[p.SKU] = p
		c.shelves[p.Category] = append(c.shelves[p.Category], p)
	}
	return c
}

// Len returns the number of products.
func (c *Catalog) Len() int { return len(c.products) }

// At returns the product at a position in [0, Len()).
func (c *Catalog) At(i int) *Product { return c.products[i] }

// Find returns the product of a SKU.
func (c *Catalog) Find(sku string) (*Product, bool) {
	p, ok := c.bySKU[sku]
	return p, ok
}

// Categories returns the names of all categories.
func (c *Catalog) Categories() []string { return c.categories }

// Shelf returns the products of a category, nil if there is no such category.
func (c *Catalog) Shelf(category string) []*Product { return c.shelves[category] }

// tagVocabulary is the number of tags the merchandisers maintain.
const tagVocabulary = 44

// TagCount says how many products carry a tag.
type TagCount struct {
	Tag   string `json:"tag"`
	Count int    `json:"count"`
}

// CountTags counts the tags of products, the most frequent first.
func CountTags(products []*Product) []TagCount {
	counts := make(map[string]int, tagVocabulary)
	for _, p := range products {
		for _, tag := range p.Tags {
			counts[tag]++
		}
	}
	out := make([]TagCount, 0, len(counts))
	for tag, n := range counts {
		out = append(out, TagCount{Tag: tag, Count: n})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Count != out[j].Count {
			return out[i].Count > out[j].Count
		}
		return out[i].Tag < out[j].Tag
	})
	return out
}
