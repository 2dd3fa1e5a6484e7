// Package session keeps the state of visitors.
package session

import (
	"sync"
	"sync/atomic"

	"example.com/storefront/internal/cart"
)

// recentPages is how many pages a session remembers.
const recentPages = 16

// Session is the state of one visitor.
type Session struct {
	ID   string
	Cart *cart.Cart

	views  atomic.Int64
	mu     sync.Mutex
	recent [recentPages]string
}

// Views returns the number of pages the visitor has seen.
func (s *Session) Views() int64 { return s.views.Load() }

// Visit notes a page view.
func (s *Session) Visit(page string) {
	n := s.views.Add(1)
	s.mu.Lock()
	s.recent[n%recentPages] = page
	s.mu.Unlock()
}

// Store holds all sessions.
type Store struct {
	mu       sync.RWMutex
	sessions map[string]*Session
}

// NewStore returns a store for about the expected number of sessions.
func NewStore(expected int) *Store {
	return &Store{sessions: make(map[string]*Session, expected)}
}

// Open returns the session of an ID and creates it on the first visit.
func (st *Store) Open(id string) *Session {
	st.mu.RLock()
	s := st.sessions[id]
	st.mu.RUnlock()
	if s != nil {
		return s
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if s = st.sessions[id]; s == nil {
		s = &Session{ID: id, Cart: cart.New()}
		st.sessions[id] = s
	}
	return s
}

// Totals sums up all sessions.
type Totals struct {
	Sessions int   `json:"sessions"`
	Views    int64 `json:"views"`
	Pieces   int   `json:"pieces"`
}

// Totals walks all sessions.
func (st *Store) Totals() Totals {
	st.mu.RLock()
	defer st.mu.RUnlock()
	t := Totals{Sessions: len(st.sessions)}
	for _, s := range st.sessions {
		t.Views += s.Views()
		t.Pieces += s.Cart.Pieces()
	}
	return t
}
