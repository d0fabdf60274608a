package outbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
)

// content is what an entry carries. What cannot be read is shown as nothing.
func content(e outbox.Entry) map[string]any {
	var object map[string]any
	d := json.NewDecoder(strings.NewReader(string(e.Payload)))
	d.UseNumber()
	if d.Decode(&object) != nil {
		return nil
	}
	return object
}

// what says in a few words what an entry is about.
func what(e outbox.Entry) string {
	c := content(e)
	word := func(name string) string {
		if v, ok := c[name]; ok && v != nil {
			return fmt.Sprint(v)
		}
		return "?"
	}
	switch e.Kind {
	case delivery.KindDeposit:
		return fmt.Sprintf("%s %s kg × %s at rvm %d", word("waste_type"), word("weight"), word("quantity"), e.RVM)
	case delivery.KindDecision:
		return fmt.Sprintf("deposit %s is %s", word("deposit_id"), word("status"))
	case delivery.KindStatus:
		return fmt.Sprintf("rvm %d is %s", e.RVM, word("status"))
	case delivery.KindMetrics:
		return fmt.Sprintf("measurements of rvm %d", e.RVM)
	case delivery.KindDetection:
		return fmt.Sprintf("%s seen at rvm %d", seen(c["detections"]), e.RVM)
	case delivery.KindPicture:
		return fmt.Sprintf("%s of rvm %d", word("name"), e.RVM)
	}
	return e.Kind
}

// seen counts the labels of a detection: "2 can, 1 bottle".
func seen(detections any) string {
	list, _ := detections.([]any)
	counts := map[string]int{}
	for _, d := range list {
		object, _ := d.(map[string]any)
		label, _ := object["class"].(string)
		counts[label]++
	}
	var parts []string
	for _, label := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[label], label))
	}
	return strings.Join(parts, ", ")
}
