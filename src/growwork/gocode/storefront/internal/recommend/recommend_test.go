package recommend

import (
	"reflect"
	"testing"

	"example.com/storefront/internal/catalog"
)

func TestRelated(t *testing.T) {
	c := catalog.New([]*catalog.Product{
		{SKU: "a", Related: []string{"b", "c", "a"}},
		{SKU: "b", Related: []string{"a", "d"}},
		{SKU: "c", Related: []string{"d", "gone"}},
		{SKU: "d", Related: []string{"e"}},
		{SKU: "e"},
	}, nil)
	start, _ := c.Find("a")
	for depth, want := range [][]string{nil, {"b", "c"}, {"b", "c", "d"}, {"b", "c", "d", "e"}} {
		if got := Related(c, start, depth); !reflect.DeepEqual(got, want) {
			t.Errorf("depth %d: %v, want %v", depth, got, want)
		}
	}
}
