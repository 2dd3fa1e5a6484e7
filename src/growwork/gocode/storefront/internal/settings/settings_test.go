package settings

import "testing"

func TestStore(t *testing.T) {
	defaults := map[string]string{"a": "1"}
	s := New(defaults)
	defaults["a"] = "changed"
	if got := s.Get("a", ""); got != "1" {
		t.Errorf("a = %q: the defaults were not copied", got)
	}
	if got := s.Get("b", "fallback"); got != "fallback" {
		t.Errorf("b = %q", got)
	}
	before := s.current.Load()
	s.Set("b", "2")
	if s.Get("b", "") != "2" || s.Get("a", "") != "1" || s.Len() != 2 {
		t.Errorf("after Set: %v", *s.current.Load())
	}
	if len(*before) != 1 {
		t.Error("Set changed the values readers may hold")
	}
}
