// Package rng is a small seeded generator whose streams are cheap to derive: the demo data and
// the load need numbers that depend on a seed and an index, not on who asked first.
package rng

// Source is a SplitMix64 generator.
type Source struct{ state uint64 }

// New returns the stream of a seed.
func New(seed uint64) *Source { return &Source{state: seed} }

// Derive returns the stream that belongs to one index under a seed.
func Derive(seed, index uint64) *Source {
	return &Source{state: Mix(seed ^ Mix(index+0x9e3779b97f4a7c15))}
}

// Mix scrambles a word.
func Mix(x uint64) uint64 {
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// Next returns the next word.
func (s *Source) Next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return Mix(s.state)
}

// Intn returns a number in [0, n); n must be positive.
func (s *Source) Intn(n int) int { return int(s.Next() % uint64(n)) }

// Low returns a number in [0, n) that favours small values.
func (s *Source) Low(n int) int {
	a, b := s.Intn(n), s.Intn(n)
	if a < b {
		return a
	}
	return b
}
