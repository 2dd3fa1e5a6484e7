// Package recommend suggests products that go with another one.
package recommend

import "example.com/storefront/internal/catalog"

// maxVisited bounds the walk over related products.
const maxVisited = 4096

// Related walks the graph of related products breadth first and returns the SKUs it meets
// within depth steps, without the product itself.
func Related(c *catalog.Catalog, start *catalog.Product, depth int) []string {
	seen := make(map[string]struct{}, maxVisited)
	seen[start.SKU] = struct{}{}
	frontier := []*catalog.Product{start}
	var out []string
	for step := 0; step < depth && len(seen) < maxVisited; step++ {
		var next []*catalog.Product
		for _, p := range frontier {
			for _, sku := range p.Related {
				if _, ok := seen[sku]; ok {
					continue
				}
				seen[sku] = struct{}{}
				if q, ok := c.Find(sku); ok {
					next = append(next, q)
					out = append(out, sku)
				}
			}
		}
		frontier = next
	}
	return out
}
