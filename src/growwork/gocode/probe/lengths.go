package probe

import (
	"strconv"
	"time"
)

const (
	readFewEvery   = tick        // up to manyLive observed maps
	readManyEvery  = time.Second // above: every read is a cache miss
	manyLive       = 1024
	writeLensEvery = 5 * time.Second
)

// lengthSnapshots reads the observed maps and keeps lengths.jsonl: one line per site with the
// number of maps made there and, for each observed map, its number among them, the greatest and
// the last length seen, and whether it was alive at that moment.
type lengthSnapshots struct {
	readDue  time.Duration
	writeDue time.Duration
	observed int
	refused  uint64
}

func (l *lengthSnapshots) periodic(dir string, now time.Duration) error {
	if now >= l.readDue {
		readLive()
		every := readFewEvery
		observed.mu.Lock()
		if len(observed.live) > manyLive {
			every = readManyEvery
		}
		observed.mu.Unlock()
		l.readDue = now + every - tick/2
	}
	if now < l.writeDue {
		return nil
	}
	l.writeDue = now + writeLensEvery
	return l.write(dir)
}

func (l *lengthSnapshots) end(dir string) error {
	readLive()
	return l.write(dir)
}

func (l *lengthSnapshots) write(dir string) error {
	data := l.lines()
	if data == nil {
		return nil
	}
	return replaceFile(dir+"/lengths.jsonl", data)
}

func (l *lengthSnapshots) lines() []byte {
	observed.mu.Lock()
	defer observed.mu.Unlock()
	l.observed, l.refused = observed.total, observed.refused.Load()
	var data []byte
	for i := range observed.table {
		c := observed.table[i].Load()
		if c == nil {
			continue
		}
		for j := range c {
			if made := c[j].made.Load(); made > 0 {
				data = appendSite(data, i*chunkSites+j, made, c[j].maps)
			}
		}
	}
	return data
}

func appendSite(line []byte, site int, made uint64, maps []*mapLength) []byte {
	line = append(line, '{')
	line = appendIntField(line, "site", int64(site))
	line = appendIntField(line, "made", int64(made))
	line = append(appendField(line, "maps"), '[')
	for i, m := range maps {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, '{')
		line = appendIntField(line, "nth", int64(m.nth))
		line = appendIntField(line, "max", int64(m.max))
		line = appendIntField(line, "last", int64(m.last))
		line = strconv.AppendBool(appendField(line, "alive"), m.place >= 0)
		line = append(line, '}')
	}
	return append(line, "]}\n"...)
}
