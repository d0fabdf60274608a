package sandbox

import (
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"time"
)

// call is one request on its way through the platform.
type call struct {
	s      *Server
	r      *http.Request
	tx     *sql.Tx
	now    time.Time
	input  input
	params []string
	user   *account // nil on public routes
}

// action answers a call. An error means that the sandbox itself failed; nothing of the call is kept then.
type action func(c *call) (reply, error)

// route is one line of the platform's route table. A segment "{}" takes any text without a slash.
type route struct {
	method   string
	segments []string
	guard    guard
	act      action
}

// guard says who may call: anybody, any signed-in user, or users with one of the roles.
type guard struct {
	token bool
	roles []string
}

func (s *Server) table() []route {
	public, bearer := guard{}, guard{token: true}
	inventory := guard{token: true, roles: []string{"super-admin", "admin", "tenant"}}
	admin := guard{token: true, roles: []string{"super-admin", "admin", "operator", "technician"}}
	return slices.Concat(
		healthRoutes(public),
		authRoutes(public, bearer),
		engineRoutes(bearer),
		detectionRoutes(bearer),
		uploadRoutes(public, bearer),
		metricRoutes(public),
		rvmRoutes(inventory),
		adminRVMRoutes(admin),
		depositRoutes(bearer),
		sessionRoutes(public, bearer),
		balanceRoutes(bearer),
		deviceRoutes(public),
		s.friendlyRoutes(public, bearer),
	)
}

func on(method, path string, g guard, act action) route {
	return route{method: method, segments: strings.Split(path, "/"), guard: g, act: act}
}

// absentEverywhere is a last word that no route has, although documents promise it: it must not be taken for an id.
const absentEverywhere = "batch"

// dispatch finds the route, then guards, runs and answers the call.
func (s *Server) dispatch(c *call) reply {
	path := segmentsOf(c.r.URL.Path)
	if strings.Contains(c.r.URL.Path, "//") || path[len(path)-1] == absentEverywhere {
		return c.notFound()
	}
	found, methods := s.find(c.r.Method, path)
	switch {
	case len(methods) == 0:
		return c.notFound()
	case c.r.Method == http.MethodOptions:
		return reply{status: http.StatusOK, allow: strings.Join(methods, ",")}
	case found == nil:
		return c.wrongMethod(methods)
	}
	c.params = parameters(found.segments, path)
	return s.run(c, found)
}

// run executes the route in one transaction that is kept unless the answer is a server error. A route with a window
// takes a second one on its way.
func (s *Server) run(c *call, rt *route) reply {
	tx, err := s.store.begin(c.r.Context())
	if err != nil {
		return c.serverError()
	}
	c.tx = tx
	defer func() { _ = c.tx.Rollback() }() // whichever is the last; after a commit it does nothing
	answer, err := c.perform(rt)
	if err == nil && answer.status < http.StatusInternalServerError {
		err = c.tx.Commit()
	}
	if err != nil {
		return c.serverError()
	}
	return answer
}

func (c *call) perform(rt *route) (reply, error) {
	if rt.guard.token {
		refusal, err := c.authenticate()
		if err != nil || refusal != nil {
			return deref(refusal), err
		}
	}
	if len(rt.guard.roles) > 0 && !slices.Contains(rt.guard.roles, c.user.slug) {
		return reply{status: http.StatusForbidden, body: envelope{
			Message:  "Insufficient permissions. Required roles: " + strings.Join(rt.guard.roles, ", "),
			UserRole: c.user.slug,
		}}, nil
	}
	return rt.act(c)
}

func deref(p *reply) reply {
	if p == nil {
		return reply{}
	}
	return *p
}

// find returns the route for a method and, for any method at all, the methods that the path knows.
func (s *Server) find(method string, path []string) (found *route, methods []string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for i := range s.routes {
		rt := &s.routes[i]
		if !matches(rt.segments, path) {
			continue
		}
		if rt.method == method && found == nil {
			found = rt
		}
		methods = append(methods, rt.method)
	}
	return found, inVerbOrder(methods)
}

func inVerbOrder(known []string) []string {
	var methods []string
	for _, verb := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		if !slices.Contains(known, verb) {
			continue
		}
		methods = append(methods, verb)
		if verb == "GET" {
			methods = append(methods, "HEAD")
		}
	}
	return methods
}

func segmentsOf(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

func matches(pattern, path []string) bool {
	return slices.EqualFunc(pattern, path, func(want, got string) bool {
		return want == got || want == "{}" && got != ""
	})
}

func parameters(pattern, path []string) []string {
	var values []string
	for i, segment := range pattern {
		if segment == "{}" {
			values = append(values, path[i])
		}
	}
	return values
}

func (c *call) notFound() reply {
	return c.framework(http.StatusNotFound, "The route "+routeName(c.r)+" could not be found.")
}

func (c *call) wrongMethod(methods []string) reply {
	answer := c.framework(http.StatusMethodNotAllowed, "The "+c.r.Method+" method is not supported for route "+
		routeName(c.r)+". Supported methods: "+strings.Join(methods, ", ")+".")
	answer.allow = strings.Join(methods, ", ")
	return answer
}

func routeName(r *http.Request) string {
	if name := strings.Trim(r.URL.Path, "/"); name != "" {
		return name
	}
	return "/"
}
