package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// maxRawPages and maxRawBytes bound a walk through a list whose length only the platform knows.
const (
	maxRawPages = 1000
	maxRawBytes = 256 << 20
)

// NoListError says that a call that was to be followed page by page answered something else than a list.
type NoListError struct {
	Method, Path string
	// Odd is true for a list that goes on in a way that rvmctl does not know.
	Odd bool
}

func (e *NoListError) Error() string {
	if e.Odd {
		return fmt.Sprintf("%s %s answers a list whose other pages rvmctl does not know how to ask for", e.Method, e.Path)
	}
	return fmt.Sprintf("%s %s answers no list", e.Method, e.Path)
}

// LongListError says that a list went on after everything that rvmctl follows.
type LongListError struct {
	// Path is where the list is, or what it holds: "deposits".
	Path  string
	Pages int
}

func (e *LongListError) Error() string {
	return fmt.Sprintf("the list of %s goes on after %d pages", e.Path, e.Pages)
}

// RawRows are all rows of a list.
type RawRows struct {
	// Status is the HTTP status of the last page.
	Status int
	// Rows hold every row once, in the order in which they came, each with its keys sorted.
	Rows []json.RawMessage
	// Pages is how many answers were read.
	Pages int
}

// All follows a GET page by page and gives every row once, told apart by id. It adds page and per_page to the query; a per_page
// that the call has already is kept. The total that the platform gives is checked: *IncompleteListError says that rows are
// missing, *NoListError that the answer is no list, *LongListError that it has no end.
func (s *RawService) All(ctx context.Context, r RawCall) (RawRows, error) {
	k, err := s.prepare(r)
	if err != nil {
		return RawRows{}, err
	}
	if k.changes {
		return RawRows{}, &CallError{"method", "must be GET for a walk through pages"}
	}
	if k.query.Has("page") {
		return RawRows{}, &CallError{"query", "must not name a page when all are wanted"}
	}
	all := RawRows{Rows: []json.RawMessage{}}
	ids := rowIDs{known: map[string]int64{}}
	walk := walker[any]{what: "rows", id: ids.of, page: func(page, perPage int) (Page[any], error) {
		if page > maxRawPages {
			return Page[any]{}, &LongListError{k.path, maxRawPages}
		}
		all.Pages++
		ids.onPage = map[string]int{}
		return s.page(ctx, k, page, perPage, &all.Status)
	}}
	held := 0
	for row, err := range walk.all() {
		if err != nil {
			return RawRows{}, err
		}
		raw, err := json.Marshal(row)
		if err != nil {
			return RawRows{}, fmt.Errorf("encode row: %w", err)
		}
		if held += len(raw); held > maxRawBytes {
			return RawRows{}, &LongListError{k.path, all.Pages}
		}
		all.Rows = append(all.Rows, raw)
	}
	return all, nil
}

// page asks for one page. The number of rows that the caller wants on a page stands, except where more are asked for at once.
func (s *RawService) page(ctx context.Context, k call, page, perPage int, status *int) (Page[any], error) {
	query := url.Values{}
	for key, values := range k.query {
		query[key] = values
	}
	if !query.Has("per_page") || perPage > walkPage {
		query.Set("per_page", strconv.Itoa(perPage))
	}
	query.Set("page", strconv.Itoa(page))
	k.query, k.method = query, http.MethodGet
	a, err := s.c.send(ctx, k)
	if err != nil {
		return Page[any]{}, err
	}
	*status = a.from.status
	if _, figures, err := findRows(a); err != nil || figures == nil && goesOn(a.top) {
		return Page[any]{}, &NoListError{k.method, k.path, err == nil}
	}
	rows, err := decodePage[any](a)
	if err != nil {
		return rows, s.c.mistaken(k, a.from, err.Error())
	}
	return rows, nil
}

// goesOn says whether something beside a plain list names more of it, as newer frameworks do.
func goesOn(top map[string]any) bool {
	for _, place := range []string{"", "links", "meta"} {
		object := top
		if place != "" {
			object, _ = top[place].(map[string]any)
		}
		for _, name := range []string{"next", "next_page_url", "next_cursor"} {
			if text, _ := object[name].(string); text != "" {
				return true
			}
		}
	}
	return false
}

// rowIDs gives every row a number of its own: the same for the same id. Rows without one are told apart by their content, and by
// their rank where a page holds the same content twice.
type rowIDs struct {
	known  map[string]int64
	onPage map[string]int
}

func (r *rowIDs) of(row any) int64 {
	key := ""
	if object, ok := row.(map[string]any); ok {
		if id, err := wireString(object["id"]); err == nil && id != "" {
			key = "id " + id
		}
	}
	if key == "" {
		raw, _ := json.Marshal(row)
		r.onPage[string(raw)]++
		key = fmt.Sprintf("%d %s", r.onPage[string(raw)], raw)
	}
	if _, known := r.known[key]; !known {
		r.known[key] = int64(len(r.known) + 1)
	}
	return r.known[key]
}
