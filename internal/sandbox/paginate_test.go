package sandbox

import (
	"fmt"
	"testing"
)

func TestAFilterOfBlanksIsNone(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.admin()
	for query, want := range map[string]int{"search=%00": 5, "status=%00": 5, "status=%20": 5, "sort_by=%20id": 5,
		"search=%20RVM-003%20": 1, "status=%09maintenance": 1} {
		p.call(token, "GET", "/api/v2/rvms?"+query, "").want(t, 200, "pagination.total", want)
	}
}

func TestShownPages(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		current, last int
		want          string
	}{
		{1, 1, "[1]"}, {5, 13, "[1 2 3 4 5 6 7 8 9 10 11 12 13]"},
		{1, 27, "[1 2 3 4 5 6 7 8 9 10 26 27]"}, {7, 27, "[1 2 3 4 5 6 7 8 9 10 26 27]"},
		{14, 27, "[1 2 11 12 13 14 15 16 17 26 27]"}, {21, 27, "[1 2 18 19 20 21 22 23 24 25 26 27]"},
		{99, 27, "[1 2 18 19 20 21 22 23 24 25 26 27]"},
	} {
		if got := fmt.Sprint(shownPages(v.current, v.last)); got != v.want {
			t.Errorf("page %d of %d shows %s, want %s", v.current, v.last, got, v.want)
		}
	}
}

func TestPageLengths(t *testing.T) {
	t.Parallel()
	p := open(t)
	admin := p.admin()
	for _, v := range []struct {
		path   string
		status int
		length any
	}{
		{"rvms?per_page=2.9", 200, 2}, {"rvms?per_page=101", 200, 100}, {"rvms?per_page=-1", 200, -1},
		{"rvms?per_page=1e9", 200, 100}, {"rvms?page=99999999999999999999", 200, 15},
		{"rvms?per_page=0.5", 200, 15}, {"rvms?per_page=-0.5", 200, 15},
		{"user/balance/transactions?per_page=500", 200, 500}, {"user/balance/transactions?per_page=x", 500, nil},
	} {
		p.call(admin, "GET", "/api/v2/"+v.path, "").want(t, v.status, "pagination.per_page", v.length)
	}
}
