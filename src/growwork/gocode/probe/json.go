package probe

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// The collector writes its JSON by hand: encoding/json would bring reflection over every one of
// its types into a program that may not use it.

const hexDigits = "0123456789abcdef"

func appendString(line []byte, s string) []byte {
	line = append(line, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			line = append(line, '\\', byte(r))
		case r < 0x20:
			line = append(line, `\u00`...)
			line = append(line, hexDigits[r>>4], hexDigits[r&0xf])
		default:
			line = utf8.AppendRune(line, r)
		}
	}
	return append(line, '"')
}

// appendFloat writes null for what JSON cannot say.
func appendFloat(line []byte, v float64) []byte {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return append(line, "null"...)
	}
	return strconv.AppendFloat(line, v, 'g', -1, 64)
}

func appendField(line []byte, name string) []byte {
	if last := line[len(line)-1]; last != '{' {
		line = append(line, ',')
	}
	line = appendString(line, name)
	return append(line, ':')
}

func appendIntField(line []byte, name string, v int64) []byte {
	return strconv.AppendInt(appendField(line, name), v, 10)
}

func appendStringField(line []byte, name, v string) []byte {
	return appendString(appendField(line, name), v)
}
