package sandbox

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// defaultPerPage is the platform's page length where none or zero is asked for.
const defaultPerPage = 15

// pagination is the figures that stand beside a list (shape P2).
type pagination struct {
	CurrentPage int  `json:"current_page"`
	PerPage     int  `json:"per_page"`
	Total       int  `json:"total"`
	LastPage    int  `json:"last_page"`
	From        *int `json:"from"`
	To          *int `json:"to"`
}

// paginator is a page with its links, nested in data (shape P1).
type paginator struct {
	CurrentPage  int     `json:"current_page"`
	Data         any     `json:"data"`
	FirstPageURL string  `json:"first_page_url"`
	From         *int    `json:"from"`
	LastPage     int     `json:"last_page"`
	LastPageURL  string  `json:"last_page_url"`
	Links        []any   `json:"links"`
	NextPageURL  *string `json:"next_page_url"`
	Path         string  `json:"path"`
	PerPage      int     `json:"per_page"`
	PrevPageURL  *string `json:"prev_page_url"`
	To           *int    `json:"to"`
	Total        int     `json:"total"`
}

type pageLink struct {
	URL    *string `json:"url"`
	Label  string  `json:"label"`
	Page   *int    `json:"page"`
	Active bool    `json:"active"`
}

// gapLink stands for the pages left out; unlike the others it has no page.
type gapLink struct {
	URL    *string `json:"url"`
	Label  string  `json:"label"`
	Active bool    `json:"active"`
}

// window is the part of a list asked for. A negative length means everything.
type window struct{ page, perPage int }

// newWindow reads page and per_page. most is the largest length, 0 for none; good is false where the platform throws
// (a length that is no number, without a largest one).
func (c *call) newWindow(most int) (w window, good bool) {
	w = window{page: 1, perPage: defaultPerPage}
	if page, err := strconv.Atoi(c.query("page")); err == nil && page > 0 && page < math.MaxInt32 {
		w.page = page
	}
	asked := strings.TrimSpace(c.query("per_page"))
	if asked == "" {
		return w, true
	}
	length, number := asNumber(asked)
	switch {
	case !number && most == 0:
		return w, false
	case most > 0 && (!number || length > float64(most)):
		w.perPage = most
	case math.Abs(length) >= 1: // zero, also after cutting a fraction off, is the default
		w.perPage = int(max(math.MinInt32, min(math.MaxInt32, length)))
	}
	return w, true
}

// limit and offset in SQL's terms: a negative limit is none.
func (w window) limit() int { return w.perPage }

func (w window) offset() int {
	if w.perPage < 0 {
		return 0
	}
	return (w.page - 1) * w.perPage
}

// order is the platform's "newest second first". Within one second its database has no stable order, and walking the
// pages repeats some rows and misses others; turning the inner order on later pages shows the same fault every time.
func (w window) order(first, later string) string {
	if w.page == 1 {
		return " ORDER BY created_at DESC, id " + first
	}
	return " ORDER BY created_at DESC, id " + later
}

func (w window) figures(shown, total int) *pagination {
	p := &pagination{CurrentPage: w.page, PerPage: w.perPage, Total: total, LastPage: w.last(total)}
	if shown > 0 {
		from := w.offset() + 1
		to := w.offset() + shown
		p.From, p.To = &from, &to
	}
	return p
}

func (w window) last(total int) int {
	if w.perPage < 0 {
		return 1
	}
	return max(1, (total+w.perPage-1)/w.perPage)
}

// paginator builds shape P1 with absolute addresses from the request's own host.
func (c *call) paginator(w window, data any, shown, total int) paginator {
	f := w.figures(shown, total)
	path := c.root() + "/" + strings.Trim(c.r.URL.Path, "/")
	at := func(page int) *string {
		if page < 1 || page > f.LastPage {
			return nil
		}
		address := fmt.Sprintf("%s?page=%d", path, page)
		return &address
	}
	prev := at(w.page - 1)
	if w.page > 1 && prev == nil {
		address := fmt.Sprintf("%s?page=%d", path, w.page-1)
		prev = &address
	}
	return paginator{
		CurrentPage: w.page, Data: data, FirstPageURL: *at(1), From: f.From, LastPage: f.LastPage,
		LastPageURL: *at(f.LastPage), Links: links(w.page, f.LastPage, prev, at), NextPageURL: at(w.page + 1),
		Path: path, PerPage: w.perPage, PrevPageURL: prev, To: f.To, Total: total,
	}
}

func links(current, last int, prev *string, at func(int) *string) []any {
	all := []any{pageLink{URL: prev, Label: "&laquo; Previous", Page: pageOf(prev, current-1)}}
	shown := 0
	for _, page := range shownPages(current, last) {
		if page != shown+1 {
			all = append(all, gapLink{Label: "..."})
		}
		all = append(all, pageLink{URL: at(page), Label: strconv.Itoa(page), Page: &page, Active: page == current})
		shown = page
	}
	next := at(current + 1)
	return append(all, pageLink{URL: next, Label: "Next &raquo;", Page: pageOf(next, current+1)})
}

func pageOf(address *string, page int) *int {
	if address == nil {
		return nil
	}
	return &page
}

// shownPages is the paginator's choice with three pages on each side: all of fewer than fourteen, otherwise both ends
// and the neighbourhood.
func shownPages(current, last int) []int {
	switch {
	case last < 14:
		return span(1, last)
	case current <= 7:
		return append(span(1, 10), last-1, last)
	case current > last-7:
		return append([]int{1, 2}, span(last-9, last)...)
	}
	return append(append([]int{1, 2}, span(current-3, current+3)...), last-1, last)
}

func span(from, to int) []int {
	var pages []int
	for page := from; page <= to; page++ {
		pages = append(pages, page)
	}
	return pages
}
