package probe

import (
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Observe returns m unchanged. growwork wraps it around the make calls of map sites whose map
// lengths the heap profile cannot tell: sites with a size hint, and sites whose maps lose keys
// again. While there is a collector, every map made at a site is counted and the lengths of
// some of them are watched until they die.
func Observe[M ~map[K]V, K comparable, V any](site uint32, m M) M {
	if active.Load() && m != nil {
		// A map value is a pointer to its header.
		observe(site, *(*unsafe.Pointer)(unsafe.Pointer(&m)))
	}
	return m
}

const (
	alwaysObserved = 64   // the first maps of a site are all observed, then ever fewer
	maxPerSite     = 1024 // observed maps of one site
	maxLive        = 8192 // observed maps alive at one time
	chunkSites     = 256
	chunks         = 1024
)

// A header is the first word of a map header: the number of keys, in runtime.hmap and in
// internal/runtime/maps.Map alike. It has more words; nothing here touches them.
type header struct{ count int }

// A mapLength is what is known about one observed map. It does not keep the map alive: the
// address is an integer to the GC. Reading it is safe while the entry is in `live`, because the
// finalizer removes the entry before the memory can be reused.
type mapLength struct {
	addr  uintptr
	nth   uint64 // this was the nth map made at the site
	max   int
	last  int
	place int // index in live, -1 when the map is dead
}

type siteLengths struct {
	made atomic.Uint64
	maps []*mapLength // guarded by observed.mu
}

type chunk [chunkSites]siteLengths

// observed holds the lengths of all sites. The table is two-level so that counting needs no
// lock and a program with few sites pays for few.
var observed struct {
	table   [chunks]atomic.Pointer[chunk]
	mu      sync.Mutex
	live    []*mapLength
	address map[uintptr]bool
	total   int
	refused atomic.Uint64 // wanted, but beyond a limit
}

func siteOf(site uint32) *siteLengths {
	if site >= chunks*chunkSites {
		return nil
	}
	slot := &observed.table[site/chunkSites]
	c := slot.Load()
	for c == nil {
		slot.CompareAndSwap(nil, new(chunk))
		c = slot.Load()
	}
	return &c[site%chunkSites]
}

func observe(site uint32, m unsafe.Pointer) {
	s := siteOf(site)
	if s == nil {
		observed.refused.Add(1)
		return
	}
	if nth := s.made.Add(1); isObserved(nth) {
		watchMap(s, nth, m)
	}
}

// isObserved chooses the first maps of a site and then, per doubling of their number, 32 more on
// average. The choice hashes the number, so that a program that makes maps in a fixed rotation
// does not always have the same ones chosen.
func isObserved(nth uint64) bool {
	if nth <= alwaysObserved {
		return true
	}
	shift := bits.Len64(nth / alwaysObserved)
	return nth*0x9e3779b97f4a7c15>>(64-shift) == 0
}

func watchMap(s *siteLengths, nth uint64, m unsafe.Pointer) {
	observed.mu.Lock()
	defer observed.mu.Unlock()
	addr := uintptr(m)
	if len(s.maps) >= maxPerSite || len(observed.live) >= maxLive || observed.address[addr] {
		observed.refused.Add(1)
		return
	}
	if observed.address == nil {
		observed.address = make(map[uintptr]bool)
	}
	entry := &mapLength{addr: addr, nth: nth, place: len(observed.live)}
	s.maps = append(s.maps, entry)
	observed.live = append(observed.live, entry)
	observed.address[addr] = true
	observed.total++
	runtime.SetFinalizer((*header)(m), func(h *header) { buryMap(entry, h) })
}

// buryMap takes the last length of a map nobody can reach any more.
func buryMap(entry *mapLength, h *header) {
	observed.mu.Lock()
	defer observed.mu.Unlock()
	entry.see(readCount(h))
	last := len(observed.live) - 1
	observed.live[entry.place] = observed.live[last]
	observed.live[entry.place].place = entry.place
	observed.live[last] = nil
	observed.live = observed.live[:last]
	delete(observed.address, entry.addr)
	entry.place = -1
}

// readLive reads the lengths of the observed maps that are alive.
func readLive() {
	observed.mu.Lock()
	defer observed.mu.Unlock()
	for _, entry := range observed.live {
		entry.see(readHidden(&entry.addr))
	}
}

func (l *mapLength) see(count int) {
	l.last = count
	if count > l.max {
		l.max = count
	}
}

// readHidden reads the key count behind an address that the GC takes for an integer.
//
//go:norace
//go:nocheckptr
func readHidden(addr *uintptr) int {
	return (*(**header)(unsafe.Pointer(addr))).count
}

// readCount reads a key count that the program may be changing: an old value is as good.
//
//go:norace
func readCount(h *header) int { return h.count }
