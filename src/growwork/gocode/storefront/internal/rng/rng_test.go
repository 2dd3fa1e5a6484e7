package rng

import "testing"

func TestStreamsRepeat(t *testing.T) {
	a, b, other := Derive(1, 7), Derive(1, 7), Derive(1, 8)
	same := 0
	for i := 0; i < 100; i++ {
		x := a.Next()
		if x != b.Next() {
			t.Fatal("one seed and index gave two streams")
		}
		if x == other.Next() {
			same++
		}
	}
	if same > 0 {
		t.Errorf("two indexes share %d of 100 words", same)
	}
}

func TestRanges(t *testing.T) {
	s := New(3)
	var low, all int
	for i := 0; i < 2_000; i++ {
		if n := s.Intn(10); n < 0 || n > 9 {
			t.Fatalf("Intn(10) = %d", n)
		}
		n := s.Low(10)
		if n < 0 || n > 9 {
			t.Fatalf("Low(10) = %d", n)
		}
		if all++; n < 5 {
			low++
		}
	}
	if 10*low < 7*all {
		t.Errorf("%d of %d numbers of Low are in the lower half, want about three quarters", low, all)
	}
}
