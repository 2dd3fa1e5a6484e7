package session

import (
	"sync"
	"testing"
)

func TestStore(t *testing.T) {
	st := NewStore(10)
	var visitors sync.WaitGroup
	for i := 0; i < 8; i++ {
		visitors.Add(1)
		go func() {
			defer visitors.Done()
			for n := 0; n < 20; n++ {
				s := st.Open([]string{"a", "b"}[n%2])
				s.Visit("/")
				s.Cart.Add("x", 1)
			}
		}()
	}
	visitors.Wait()
	want := Totals{Sessions: 2, Views: 160, Pieces: 160}
	if got := st.Totals(); got != want {
		t.Errorf("totals %+v, want %+v", got, want)
	}
}
