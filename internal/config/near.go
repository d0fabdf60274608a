package config

import (
	"slices"
	"strings"
)

// Near lists the settings that somebody may have meant by a name that is none: those with the same last word, the same flag or
// almost the same letters, the likeliest first and at most three.
func Near(name string) []string {
	name = strings.ToLower(strings.TrimSpace(name))
	last := name[strings.LastIndexByte(name, '.')+1:]
	type candidate struct {
		key  string
		cost int
	}
	var found []candidate
	for _, k := range Keys() {
		word := k.Name[strings.LastIndexByte(k.Name, '.')+1:]
		cost := min(distance(name, k.Name), distance(last, word), distance(last, k.Flag))
		if len(last) >= 3 && strings.Contains(word, last) {
			cost = min(cost, 1)
		}
		if cost <= len(last)/3 {
			found = append(found, candidate{k.Name, cost})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.cost - b.cost })
	var names []string
	for _, c := range found[:min(3, len(found))] {
		names = append(names, c.key)
	}
	return names
}

func meant(name string) string {
	if near := Near(name); len(near) > 0 {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return ""
}

// distance is how many letters must be added, taken away or exchanged to make one word of the other (Levenshtein). Words that
// are too long to be settings are as far away as they are long.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
