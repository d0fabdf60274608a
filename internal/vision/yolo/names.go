package yolo

import (
	"errors"
	"fmt"
	"strconv"
)

// Bounds of a list of labels.
const (
	maxLabels     = 10_000
	maxLabelBytes = 256
)

// ParseNames reads the property "names" of a model: a dictionary from id to text, or a list, as Python or JSON writes
// them. The result has one label per id, up to the highest id there is; a gap and an empty name read "class <id>".
// Anything else is refused with *MetadataError.
func ParseNames(text string) ([]string, error) {
	value, err := ParseLiteral(text)
	if err != nil {
		return nil, underKey("names", err)
	}
	labels, err := labelsOf(value)
	if err != nil {
		return nil, &MetadataError{Key: "names", Reason: err.Error()}
	}
	return labels, nil
}

// underKey says which property an error of ParseLiteral belongs to.
func underKey(key string, err error) error {
	var e *MetadataError
	if errors.As(err, &e) {
		return &MetadataError{Key: key, Offset: e.Offset, Reason: e.Reason}
	}
	return err
}

// labelsOf turns a literal into labels. Its errors are facts without a place, for the caller to put one in front.
func labelsOf(value any) ([]string, error) {
	switch names := value.(type) {
	case Dict:
		return labelsOfDict(names)
	case []any:
		if len(names) == 0 {
			return nil, fmt.Errorf("there are no names")
		}
		if len(names) > maxLabels {
			return nil, fmt.Errorf("more than %d names", maxLabels)
		}
		labels := make([]string, len(names))
		for id, name := range names {
			label, err := labelOf(id, name)
			if err != nil {
				return nil, err
			}
			labels[id] = label
		}
		return labels, nil
	}
	return nil, fmt.Errorf("neither a dictionary nor a list of names")
}

func labelsOfDict(names Dict) ([]string, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("there are no names")
	}
	byID := make(map[int]string, min(len(names), maxLabels))
	highest := 0
	for _, pair := range names {
		id, err := classID(pair.Key)
		if err != nil {
			return nil, err
		}
		if _, twice := byID[id]; twice {
			return nil, fmt.Errorf("id %d is named twice", id)
		}
		if byID[id], err = labelOf(id, pair.Value); err != nil {
			return nil, err
		}
		highest = max(highest, id)
	}
	labels := make([]string, highest+1)
	for id := range labels {
		labels[id] = byID[id]
		if labels[id] == "" {
			labels[id] = nameless(id)
		}
	}
	return labels, nil
}

// classID accepts the whole numbers of Python and the digits in quotes of JSON.
func classID(key any) (int, error) {
	var id int64
	switch k := key.(type) {
	case int64:
		id = k
	case string:
		n, err := strconv.ParseInt(k, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("the id %.40q is no number", k)
		}
		id = n
	default:
		return 0, fmt.Errorf("an id is no whole number")
	}
	if id < 0 || id >= maxLabels {
		return 0, fmt.Errorf("the id %d is outside 0 to %d", id, maxLabels-1)
	}
	return int(id), nil
}

// labelOf accepts texts, and numbers as the text of themselves: some sets of digits name their classes so.
func labelOf(id int, name any) (string, error) {
	var label string
	switch n := name.(type) {
	case string:
		label = n
	case int64:
		label = strconv.FormatInt(n, 10)
	default:
		return "", fmt.Errorf("the name of id %d is no text", id)
	}
	if len(label) > maxLabelBytes {
		return "", fmt.Errorf("the name of id %d is longer than %d bytes", id, maxLabelBytes)
	}
	if label == "" {
		label = nameless(id)
	}
	return label, nil
}

func nameless(id int) string { return "class " + strconv.Itoa(id) }
