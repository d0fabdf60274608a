package platform

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
)

// fetch makes a call and decodes the payload into a T. check returns what the payload lacks, "" when it is whole: a
// success that does not name its thing is none.
func fetch[T any](ctx context.Context, c *Client, k call, check func(T) string) (T, error) {
	var v T
	a, err := c.send(ctx, k)
	if err != nil {
		return v, err
	}
	if err := assignNamed("data", a.data, &v); err != nil {
		return v, c.mistaken(k, a.from, err.Error())
	}
	if reason := check(v); reason != "" {
		return v, c.mistaken(k, a.from, reason)
	}
	return v, nil
}

// done makes a call whose answer names nothing. The platform's own word for success must be in it: an empty object or a
// text is nobody's word.
func (c *Client) done(ctx context.Context, k call) error {
	a, err := c.send(ctx, k)
	if err != nil {
		return err
	}
	if !a.saysSuccess() {
		return c.mistaken(k, a.from, "it does not say success")
	}
	return nil
}

// list makes a call and decodes one page.
func list[T any](ctx context.Context, c *Client, k call) (Page[T], error) {
	a, err := c.send(ctx, k)
	if err != nil {
		return Page[T]{}, err
	}
	page, err := decodePage[T](a)
	if err != nil {
		return Page[T]{}, c.mistaken(k, a.from, err.Error())
	}
	return page, nil
}

// named is the usual check: the answer carries an id.
func named(what string, id int64) string {
	if id > 0 {
		return ""
	}
	return "it names no " + what
}

// same is the check of a change: the answer speaks of the thing that was asked for.
func same(what string, got, want int64) string {
	if got == want {
		return ""
	}
	return fmt.Sprintf("it names %s %d instead of %d", what, got, want)
}

const (
	// walkPage is how many rows All asks for at once.
	walkPage = 100
	// maxPerPage keeps one page below the size limit of an answer.
	maxPerPage = 5000
	// maxPages ends a walk through a list that has no end.
	maxPages = 10_000
)

// pages adds page and per_page to a query; 0 leaves the platform's default of page 1 and 15 rows. A negative per_page
// makes the platform return everything, so it is refused here.
func pages(query url.Values, page, perPage int) error {
	if page < 0 {
		return &LimitError{"page", "1 or more", strconv.Itoa(page)}
	}
	if perPage < 0 || perPage > maxPerPage {
		return &LimitError{"per_page", fmt.Sprintf("1 to %d", maxPerPage), strconv.Itoa(perPage)}
	}
	setInt(query, "page", int64(page))
	setInt(query, "per_page", int64(perPage))
	return nil
}

func setInt(query url.Values, key string, n int64) {
	if n != 0 {
		query.Set(key, strconv.FormatInt(n, 10))
	}
}

func setText(query url.Values, key, text string) {
	if text != "" {
		query.Set(key, text)
	}
}

// IncompleteListError says that the platform's pages did not add up to the total that it gave, even when everything
// was asked for at once.
type IncompleteListError struct {
	// What names the rows: "deposits".
	What string
	// Got is how many different rows came, Total how many the platform counted.
	Got, Total int
}

func (e *IncompleteListError) Error() string {
	return fmt.Sprintf("the platform counts %d %s and sent %d", e.Total, e.What, e.Got)
}

// walker collects a list page by page. The platform orders rows by whole seconds, so its pages may repeat one row and
// miss another: rows are told apart by id, and when the count falls short the list is read once more in one piece.
type walker[T any] struct {
	what string
	page func(page, perPage int) (Page[T], error)
	id   func(T) int64
}

// all yields every row once. An error ends the walk.
func (w walker[T]) all() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen, total := make(map[int64]bool), 0
		emit := func(rows []T) bool {
			for _, row := range rows {
				if !seen[w.id(row)] {
					seen[w.id(row)] = true
					if !yield(row, nil) {
						return false
					}
				}
			}
			return true
		}
		err := w.each(&total, func() int { return len(seen) }, emit)
		if err == nil && len(seen) < total {
			err = w.again(total, emit)
			if err == nil && len(seen) < total {
				err = &IncompleteListError{w.what, len(seen), total}
			}
		}
		if err != nil && !errors.Is(err, errStopped) {
			var none T
			yield(none, err)
		}
	}
}

// errStopped says that the caller wants no more rows.
var errStopped = errors.New("stopped")

// each reads page after page until the last one, and no further than a page that brings nothing new: a server that
// ignores the number of the page would be asked for ever.
func (w walker[T]) each(total *int, known func() int, emit func([]T) bool) error {
	for n := 1; ; n++ {
		before := known()
		page, err := w.page(n, walkPage)
		if err != nil {
			return err
		}
		*total = page.Meta.Total
		if !emit(page.Items) {
			return errStopped
		}
		if known() == before || n >= page.Meta.LastPage && !page.Meta.More {
			return nil
		}
		if n >= maxPages {
			return &LongListError{w.what, n}
		}
	}
}

// again reads the whole list as one page, with room for rows that were added meanwhile.
func (w walker[T]) again(total int, emit func([]T) bool) error {
	page, err := w.page(1, min(total+walkPage, maxPerPage))
	if err != nil {
		return err
	}
	if !emit(page.Items) {
		return errStopped
	}
	return nil
}
