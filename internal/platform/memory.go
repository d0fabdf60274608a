package platform

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Memory is an amount of GPU memory in MB, 1024 MB to the GB; 0 when unknown.
type Memory int64

// Gigabytes is n GB.
func Gigabytes(n int) Memory { return Memory(n) * 1024 }

// GB is the amount in gigabytes.
func (m Memory) GB() float64 { return float64(m) / 1024 }

// String is "8 GB" or "512 MB", and "" when unknown.
func (m Memory) String() string {
	switch {
	case m == 0:
		return ""
	case m%1024 == 0:
		return fmt.Sprintf("%d GB", m/1024)
	}
	return fmt.Sprintf("%d MB", int64(m))
}

// fromWire reads 8, "8", "8GB", "8192MB". A bare number is GB up to 256 and MB above, because the platform's
// validators, its database column and the edge disagree about the unit.
func (m *Memory) fromWire(v any) error {
	var text string
	switch v := v.(type) {
	case nil:
		*m = 0
		return nil
	case json.Number:
		text = v.String()
	case string:
		text = v
	default:
		return fmt.Errorf("%s is not an amount of memory", kindOf(v))
	}
	amount, err := parseMemory(text)
	*m = amount
	return err
}

func parseMemory(text string) (Memory, error) {
	number, unit := strings.ToUpper(strings.TrimSpace(text)), Memory(0)
	if number == "" {
		return 0, nil
	}
	if rest, ok := strings.CutSuffix(number, "GB"); ok {
		number, unit = strings.TrimSpace(rest), 1024
	} else if rest, ok := strings.CutSuffix(number, "MB"); ok {
		number, unit = strings.TrimSpace(rest), 1
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not an amount of memory", bound(text, 64))
	}
	if unit == 0 {
		unit = 1024
		if n > 256 {
			unit = 1
		}
	}
	return Memory(n) * unit, nil
}
