package sandbox

import (
	"bytes"
	"database/sql"
	"strings"
	"testing"
)

func TestEveryDemoAccountSignsIn(t *testing.T) {
	t.Parallel()
	p := open(t)
	accounts := p.Accounts()
	if len(accounts) != 11 {
		t.Fatalf("%d accounts, want 11", len(accounts))
	}
	for _, a := range accounts {
		got := p.call(p.login(a.Email), "GET", "/api/v2/auth/me", "")
		got.want(t, 200, "data.user.id", a.ID, "data.user.name", a.Name, "data.user.role", a.Role)
	}
}

func TestOnlyHashesOfTokensAreStored(t *testing.T) {
	t.Parallel()
	p := open(t)
	_, secret, _ := strings.Cut(p.user(), "|")
	err := p.store.update(t.Context(), func(tx *sql.Tx) error {
		var hash string
		if err := tx.QueryRow("SELECT hash FROM tokens").Scan(&hash); err != nil {
			return err
		}
		if len(hash) != 64 || bytes.Contains([]byte(hash), []byte(secret)) {
			t.Errorf("stored %q for a token", hash)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLogoutRevokesOneToken(t *testing.T) {
	t.Parallel()
	p := open(t)
	first, second := p.user(), p.user()
	p.call(first, "POST", "/api/v2/auth/logout", "").want(t, 200, "message", "Logged out successfully")
	p.call(first, "GET", "/api/v2/auth/me", "").want(t, 401, "message", "Unauthenticated.")
	p.call(second, "GET", "/api/v2/auth/me", "").want(t, 200)
}

func TestTokensAreComparedWhole(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	id, secret, _ := strings.Cut(token, "|")
	for _, bad := range []string{id + "|", id + "|" + secret[1:], id + "|" + strings.ToLower(secret) + "x", "1|" + secret, secret} {
		p.call(bad, "GET", "/api/v2/auth/me", "").want(t, 401)
	}
}

func TestRolesGuardTheirRoutes(t *testing.T) {
	t.Parallel()
	p := open(t)
	tokens := map[string]string{}
	for name, email := range map[string]string{"super-admin": "admin@myrvm.com", "admin": "operator@myrvm.com",
		"tenant": "manager@plazasenayan.com", "user": "john.doe@example.com", "nobody": ""} {
		if email != "" {
			tokens[name] = p.login(email)
		}
	}
	for _, v := range []struct {
		who, path string
		status    int
	}{
		{"super-admin", "rvms", 200}, {"admin", "rvms", 200}, {"tenant", "rvms", 200}, {"user", "rvms", 403}, {"nobody", "rvms", 401},
		{"super-admin", "admin/rvm/list", 200}, {"admin", "admin/rvm/list", 200}, {"tenant", "admin/rvm/list", 403},
		{"user", "admin/rvm/list", 403}, {"nobody", "admin/rvm/list", 401},
		{"user", "processing-engines", 200}, {"user", "detection-results", 200}, {"user", "rvm-status/1", 200},
	} {
		t.Run(v.who+" asks for "+v.path, func(t *testing.T) {
			p.call(tokens[v.who], "GET", "/api/v2/"+v.path, "").want(t, v.status)
		})
	}
}

func TestBrowsersAreRedirected(t *testing.T) {
	t.Parallel()
	p := open(t)
	a := p.send("GET", "/api/v2/auth/me", "")
	if a.status != 302 || a.header.Get("Location") != p.url+"/login" {
		t.Errorf("got %d to %q, want 302 to /login", a.status, a.header.Get("Location"))
	}
	if page := p.send("GET", "/login", ""); page.status != 200 || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
		t.Errorf("login page: %d %s", page.status, page.header.Get("Content-Type"))
	}
}

func TestJSONIsAskedForInManyWays(t *testing.T) {
	t.Parallel()
	p := open(t)
	for _, v := range []struct {
		accept, with string
		status       int
	}{
		{"application/json", "", 401}, {"application/json, text/plain, */*", "", 401}, {"application/vnd.api+json", "", 401},
		{"text/html;q=0.5, application/json;q=0.9", "", 401}, {"text/html, application/json", "", 302},
		{"*/*", "", 302}, {"*/*", "XMLHttpRequest", 401}, {"text/html", "XMLHttpRequest", 302},
	} {
		if a := p.send("GET", "/api/user", "", "Accept", v.accept, "X-Requested-With", v.with); a.status != v.status {
			t.Errorf("Accept %q, X-Requested-With %q: %d, want %d", v.accept, v.with, a.status, v.status)
		}
	}
}

func TestAbsentRoutesStayAbsent(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.admin()
	for _, path := range []string{"api/health", "api/v2/auth/refresh", "api/v2/processing-history", "api/v2/rvm-sessions",
		"api/v2/detection-results/batch/1", "api/v2/detection-results/batch", "api/v2/deposits/batch", "api/broadcasting/auth", "api/v2/timezone-sync"} {
		p.call(token, "GET", "/"+path, "").want(t, 404, "message", "The route "+path+" could not be found.")
	}
}
