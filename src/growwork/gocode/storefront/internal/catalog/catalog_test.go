package catalog

import (
	"reflect"
	"testing"
)

func TestGenerateIsAFunctionOfTheSeed(t *testing.T) {
	a, b, other := Generate(3, 200), Generate(3, 200), Generate(4, 200)
	if !reflect.DeepEqual(a.products, b.products) {
		t.Error("two catalogues of one seed differ")
	}
	if reflect.DeepEqual(a.products, other.products) {
		t.Error("another seed gives the same products")
	}
}

func TestLookups(t *testing.T) {
	c := Generate(1, 400)
	if p, ok := c.Find(SKU(17)); !ok || p != c.At(17) {
		t.Errorf("Find(%s) = %v, %v", SKU(17), p, ok)
	}
	if _, ok := c.Find("SKU-none"); ok {
		t.Error("found a product that does not exist")
	}
	total := 0
	for i, name := range c.Categories() {
		shelf := c.Shelf(name)
		total += len(shelf)
		if shelf[0] != c.At(i) {
			t.Errorf("shelf %s starts with %s", name, shelf[0].SKU)
		}
	}
	if total != c.Len() {
		t.Errorf("shelves hold %d of %d products", total, c.Len())
	}
}

func TestRelatedProductsExist(t *testing.T) {
	c := Generate(1, 100)
	for i := 0; i < c.Len(); i++ {
		for _, sku := range c.At(i).Related {
			if _, ok := c.Find(sku); !ok {
				t.Fatalf("%s is related to unknown %s", c.At(i).SKU, sku)
			}
		}
	}
}

func TestCountTags(t *testing.T) {
	got := CountTags([]*Product{
		{Tags: []string{"new", "sale"}},
		{Tags: []string{"sale"}},
		{Tags: []string{"kids"}},
	})
	want := []TagCount{{"sale", 2}, {"kids", 1}, {"new", 1}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("CountTags = %v, want %v", got, want)
	}
}

func TestVocabularyMatchesTheTags(t *testing.T) {
	if len(tags) != tagVocabulary {
		t.Errorf("%d tags, the vocabulary says %d", len(tags), tagVocabulary)
	}
}
