package platform

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// route is a service call that makes the request of some records.
type route struct {
	pattern *regexp.Regexp
	// run returns the whole body of the answer as the typed values keep it.
	run func(ctx context.Context, c *Client, asked asked) (model any, err error)
}

// asked is what a recorded request asked for, and what its answer says, so that a call can be made that fits both.
type asked struct {
	id     int64
	body   map[string]any
	query  url.Values
	answer map[string]any
}

func (r record) asked(number string) asked {
	a := asked{id: 1, query: url.Values{}}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		a.id = n
	}
	if u, err := url.Parse(r.Request.Path); err == nil {
		a.query = u.Query()
	}
	_ = json.Unmarshal([]byte(r.Request.Body), &a.body)
	var answer struct{ Data map[string]any }
	_ = json.Unmarshal([]byte(r.Response.Body), &answer)
	a.answer = answer.Data
	return a
}

// text is a value of the request, of its answer, or the last resort that passes our own checks.
func (a asked) text(key, otherwise string) string {
	for _, values := range []map[string]any{a.body, a.answer} {
		if text, ok := values[key].(string); ok && text != "" {
			return text
		}
	}
	return otherwise
}

func (a asked) status(words []string) string {
	if word := a.text("status", words[0]); slices.Contains(words, word) {
		return word
	}
	return words[0]
}

func (a asked) token() string {
	token := a.query.Get("session_token")
	if token == "" {
		token = a.text("session_token", "nope")
	}
	if checkSession(token) != nil {
		return "nope"
	}
	return token
}

// The bodies that answers come in, with what the client reads of them.
type (
	answerBody struct {
		Success bool `json:"success"`
		Data    any  `json:"data"`
	}
	pagedBody struct {
		Success    bool `json:"success"`
		Data       any  `json:"data"`
		Pagination Meta `json:"pagination"`
	}
	paginator struct {
		Meta
		Data any `json:"data"`
	}
	meBody struct {
		User User `json:"user"`
	}
)

func holds(data any, err error) (any, error) { return answerBody{err == nil, data}, err }

func holdsNothing(err error) (any, error) { return answerBody{Success: err == nil}, err }

// inside is a page whose figures lie beside its rows in data, beside is one whose figures lie beside data.
func inside[T any](p Page[T], err error) (any, error) { return holds(paginator{p.Meta, p.Items}, err) }

func beside[T any](p Page[T], err error) (any, error) {
	return pagedBody{err == nil, p.Items, p.Meta}, err
}

func typedRoutes(t *testing.T) []route {
	t.Helper()
	one := func(pattern string, run func(ctx context.Context, c *Client, a asked) (any, error)) route {
		return route{regexp.MustCompile("^" + pattern + "$"), run}
	}
	return slices.Concat(peopleRoutes(one), depositRoutes(t, one), machineRoutes(one))
}

type maker func(pattern string, run func(ctx context.Context, c *Client, a asked) (any, error)) route

func peopleRoutes(one maker) []route {
	return []route{
		one(`POST /api/v2/auth/login`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			login, err := c.Auth.Login(ctx, "admin@myrvm.com", "not-the-recorded-one")
			return holds(login, err)
		}),
		one(`(?:GET|POST) /api/v2/auth/me/?`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			user, err := c.Auth.Me(ctx)
			return holds(meBody{user}, err)
		}),
		one(`POST /api/v2/auth/logout`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			return holdsNothing(c.Auth.Logout(ctx))
		}),
		one(`POST /api/v2/rvm/session/create`, func(ctx context.Context, c *Client, a asked) (any, error) {
			id, _ := a.answer["rvm_id"].(float64)
			session, err := c.Sessions.Create(ctx, max(1, int64(id)))
			return holds(session, err)
		}),
		one(`POST /api/v2/rvm/session/claim`, func(ctx context.Context, c *Client, a asked) (any, error) {
			session, err := c.Sessions.Claim(ctx, a.token())
			return holds(session, err)
		}),
		one(`POST /api/v2/rvm/session/activate-guest`, func(ctx context.Context, c *Client, a asked) (any, error) {
			session, err := c.Sessions.ActivateGuest(ctx, a.token())
			return holds(session, err)
		}),
		one(`GET /api/v2/rvm/session/status`, func(ctx context.Context, c *Client, a asked) (any, error) {
			session, err := c.Sessions.Status(ctx, a.token())
			return holds(session, err)
		}),
		one(`GET /api/v2/user/balance`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			balance, err := c.Balance.Show(ctx)
			return holds(balance, err)
		}),
		one(`GET /api/v2/user/balance/statistics`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			month, err := c.Balance.Statistics(ctx)
			return holds(month, err)
		}),
		one(`GET /api/v2/user/balance/transactions`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			page, err := c.Balance.Transactions(ctx, TransactionQuery{})
			return beside(page, err)
		}),
	}
}

func depositRoutes(t *testing.T, one maker) []route {
	return []route{
		one(`POST /api/v2/deposits`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			made, err := c.Deposits.Create(ctx, validDeposit(t))
			return holds(made, err)
		}),
		one(`GET /api/v2/deposits`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			page, err := c.Deposits.List(ctx, DepositQuery{})
			return inside(page, err)
		}),
		one(`GET /api/v2/deposits/statistics`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			stats, err := c.Deposits.Statistics(ctx)
			return holds(stats, err)
		}),
		one(`GET /api/v2/deposits/([\w.]+)`, func(ctx context.Context, c *Client, a asked) (any, error) {
			deposit, err := c.Deposits.Get(ctx, a.id)
			return holds(deposit, err)
		}),
		one(`POST /api/v2/deposits/(\w+)/process`, func(ctx context.Context, c *Client, a asked) (any, error) {
			p := DepositProcess{Status: a.status([]string{DepositCompleted, DepositRejected})}
			if p.Status == DepositRejected {
				p.RejectionReason = "recorded"
			}
			done, err := c.Deposits.Process(ctx, a.id, p)
			return holds(done, err)
		}),
	}
}

func machineRoutes(one maker) []route {
	return []route{
		one(`GET /api/v2/rvms`, func(ctx context.Context, c *Client, _ asked) (any, error) {
			page, err := c.RVMs.List(ctx, RVMQuery{})
			return beside(page, err)
		}),
		one(`POST /api/v2/rvms`, func(ctx context.Context, c *Client, a asked) (any, error) {
			made, err := c.RVMs.Create(ctx, RVMCreate{Name: a.text("name", "x"), Status: a.status(StoredStatuses())})
			return holds(made, err)
		}),
		one(`GET /api/v2/rvms/(\w+)`, func(ctx context.Context, c *Client, a asked) (any, error) {
			machine, err := c.RVMs.Get(ctx, a.id)
			return holds(machine, err)
		}),
		one(`PUT /api/v2/rvms/(\d+)`, func(ctx context.Context, c *Client, a asked) (any, error) {
			changed, err := c.RVMs.Update(ctx, a.id, RVMUpdate{Name: a.text("name", "x"), LocationDescription: a.text("location_description", "")})
			return holds(changed, err)
		}),
		one(`DELETE /api/v2/rvms/(\d+)`, func(ctx context.Context, c *Client, a asked) (any, error) {
			return holdsNothing(c.RVMs.Delete(ctx, a.id))
		}),
		one(`GET /api/v2/rvms/(\d+)/statistics`, func(ctx context.Context, c *Client, a asked) (any, error) {
			figures, err := c.RVMs.Statistics(ctx, a.id)
			return holds(figures, err)
		}),
		one(`PATCH /api/v2/rvms/(\d+)/status`, func(ctx context.Context, c *Client, a asked) (any, error) {
			change, err := c.RVMs.SetStatus(ctx, a.id, a.status(StoredStatuses()))
			return holds(change, err)
		}),
		one(`PATCH /api/v2/rvms/(\d+)/regenerate-api-key`, func(ctx context.Context, c *Client, a asked) (any, error) {
			changed, err := c.RVMs.RegenerateKey(ctx, a.id)
			return holds(changed, err)
		}),
		one(`GET /api/v2/admin/rvm/(\w+)/details`, func(ctx context.Context, c *Client, a asked) (any, error) {
			machine, err := c.RVMs.Details(ctx, a.id)
			return holds(rvmDetails{machine}, err)
		}),
		one(`POST /api/v2/admin/rvm/(\d+)/status`, func(ctx context.Context, c *Client, a asked) (any, error) {
			change, err := c.RVMs.SetStatusAdmin(ctx, a.id, a.status(AdminStatuses()))
			return holds(change, err)
		}),
	}
}
