package catalog

import (
	"fmt"
	"strings"

	"example.com/storefront/internal/rng"
)

var (
	adjectives = strings.Fields(`aged airy bold bright broad classic compact coarse crisp deep dry
		fine firm fluid formal grand light long loose modern narrow plain quiet rare`)
	nouns = strings.Fields(`jacket parka vest shirt blouse tunic sweater hoodie trousers jeans shorts
		skirt dress robe scarf gloves beanie cap belt wallet satchel backpack tote trunk boots
		sneakers sandals loafers slippers socks blanket pillow curtain rug lamp vase kettle skillet
		thermos tray`)
	brandHeads = strings.Fields(`Alder Birch Cedar Dune Ember Fjord Grove Harbor Inlet Juniper Kestrel
		Larch`)
	brandTails = strings.Fields("Works Supply House Brothers Mill Textiles Co")
	tags       = strings.Fields(`sale new organic vegan recycled handmade limited bestseller gift kids
		women men unisex outdoor office travel home summer winter spring autumn waterproof windproof
		breathable washable insulated stretch slim regular relaxed premium basic heritage local fair
		lightweight durable compact seasonal clearance preorder exclusive bundle refurbished`)
	taxClasses = []string{"standard", "reduced", "zero"}
)

// attributes lists the values every property can take.
var attributes = []struct {
	name   string
	values []string
}{
	{"colour", strings.Fields(`black white grey navy blue teal green olive lime yellow amber orange
		rust red crimson pink rose purple violet brown tan beige cream silver`)},
	{"material", strings.Fields(`cotton linen wool merino cashmere silk hemp jute leather suede denim
		canvas fleece down nylon polyester viscose modal bamboo cork steel copper glass ceramic`)},
	{"style", strings.Fields(`casual formal sport street vintage retro minimal rustic nautical
		military bohemian preppy punk western academic artisan business classic cosy country
		festival safari tailored urban`)},
	{"origin", strings.Fields(`austria belgium bulgaria canada chile croatia denmark estonia finland
		france georgia germany greece hungary iceland india ireland italy japan latvia lithuania
		morocco nepal norway peru poland portugal spain sweden turkey`)},
	{"season", strings.Fields("spring summer autumn winter all-year transition")},
	{"fit", strings.Fields("slim regular relaxed loose tailored oversize cropped tall")},
	{"finish", strings.Fields(`matte glossy brushed washed waxed raw coated quilted ribbed pleated
		embossed printed dyed bleached distressed polished`)},
	{"care", strings.Fields(`hand cold warm dry delicate wipe steam iron none professional soak
		tumble`)},
	{"pattern", strings.Fields(`solid striped checked dotted floral paisley herringbone houndstooth
		tartan gingham chevron camouflage animal abstract geometric tropical argyle ikat damask
		toile`)},
	{"closure", strings.Fields(`zip button snap buckle lace drawstring hook magnet toggle strap
		velcro open`)},
}

const (
	attributesPerProduct = 6
	relatedPerProduct    = 4
	description          = `Made for everyday use and tested over several seasons. Wash before first
		use, dry in the shade and store away from direct sunlight. Colours can differ between lots.`
)

// Generate builds a catalogue of the given size; the same seed gives the same catalogue.
func Generate(seed uint64, size int) *Catalog {
	products := make([]*Product, size)
	for i := range products {
		products[i] = generateProduct(rng.Derive(seed, uint64(i)), i)
	}
	for i, p := range products {
		r := rng.Derive(seed+1, uint64(i))
		p.Related = make([]string, relatedPerProduct)
		for k := range p.Related {
			p.Related[k] = products[r.Intn(size)].SKU
		}
	}
	return New(products, nouns)
}

// SKU returns the stock keeping unit of the product at a position.
func SKU(i int) string { return fmt.Sprintf("SKU-%05d", i) }

// Adjectives returns the words that occur in about as many product names each.
func Adjectives() []string { return adjectives }

func generateProduct(r *rng.Source, i int) *Product {
	adjective := adjectives[r.Intn(len(adjectives))]
	noun := nouns[i%len(nouns)]
	brand := brandHeads[r.Intn(len(brandHeads))] + " " + brandTails[r.Intn(len(brandTails))]
	p := &Product{
		SKU:         SKU(i),
		Name:        adjective + " " + noun,
		Brand:       brand,
		Category:    noun,
		Words:       []string{adjective, noun},
		BaseCents:   int64(500 + r.Intn(40_000)),
		WeightGrams: 50 + r.Intn(4_000),
		TaxClass:    taxClasses[r.Intn(len(taxClasses))],
	}
	p.Description = fmt.Sprintf("%s by %s. %s", p.Name, p.Brand, description)
	p.Tags = pickTags(r, 3+r.Intn(4))
	p.Attributes = pickAttributes(r)
	return p
}

func pickTags(r *rng.Source, n int) []string {
	first := r.Intn(len(tags))
	step := 1 + r.Intn(len(tags)/n-1)
	out := make([]string, n)
	for k := range out {
		out[k] = tags[(first+k*step)%len(tags)]
	}
	return out
}

func pickAttributes(r *rng.Source) []Attribute {
	out := make([]Attribute, 0, attributesPerProduct)
	first := r.Intn(len(attributes))
	for k := 0; k < attributesPerProduct; k++ {
		a := attributes[(first+k)%len(attributes)]
		out = append(out, Attribute{Name: a.name, Value: a.values[r.Low(len(a.values))]})
	}
	return out
}

// CategoryNames returns the categories of a generated catalogue; product i is in category
// i modulo their number.
func CategoryNames() []string { return nouns }
