package sandbox

import (
	"database/sql"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// sessionMinutes is how long a session token is said to live. Nothing enforces it: an expired session stays active and
// can be claimed, as on the platform.
const sessionMinutes = 10

// session is a person, or a guest, at a machine.
type session struct {
	id, token         string
	rvmID             int64
	userID            *int64
	status            string
	expires           int64
	claimed           *int64
	created, modified int64
}

const sessionColumns = "id, session_token, rvm_id, user_id, status, expires_at, claimed_at, created_at, updated_at"

func scanSession(row scanner) (s session, err error) {
	err = row.Scan(&s.id, &s.token, &s.rvmID, &s.userID, &s.status, &s.expires, &s.claimed, &s.created, &s.modified)
	return s, err
}

// number is the session's UUID cast to an integer by the platform's model: the digits that it happens to start with.
func (s session) number() int64 {
	end := strings.IndexFunc(s.id, func(r rune) bool { return r < '0' || r > '9' })
	n, _ := strconv.ParseInt(s.id[:max(end, 0)], 10, 64)
	return n
}

func sessionRoutes(public, bearer guard) []route {
	return []route{
		on("POST", "api/v2/rvm/session/create", public, createSession),
		on("POST", "api/v2/rvm/session/claim", bearer, claimSession),
		on("POST", "api/v2/rvm/session/activate-guest", public, activateGuest),
		on("GET", "api/v2/rvm/session/status", public, sessionStatus),
	}
}

func createSession(c *call) (reply, error) {
	errs, err := c.validate(nil, must("rvm_id", required(), existingRVM()))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	s := session{id: uuid.NewString(), token: uuid.NewString(), expires: c.now.Unix() + sessionMinutes*60}
	_, err = c.tx.Exec(`INSERT INTO rvm_sessions (id, rvm_id, session_token, status, expires_at, created_at, updated_at)
		VALUES (?, ?, ?, 'active', ?, ?, ?)`,
		s.id, c.input.integer("rvm_id", 0), s.token, s.expires, c.now.Unix(), c.now.Unix())
	return ok("Session token created successfully", map[string]any{
		"id": s.number(), "session_token": s.token, "rvm_id": c.input["rvm_id"], "expires_at": stamp(s.expires),
	}), err
}

// withSession validates the token and finds its session, whatever its age.
func (c *call) withSession(act func(session) (reply, error)) (reply, error) {
	errs, err := c.validate(nil, must("session_token", required(), isString()))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	s, err := scanSession(c.tx.QueryRow("SELECT "+sessionColumns+" FROM rvm_sessions WHERE session_token = ?",
		c.input.str("session_token")))
	if errors.Is(err, sql.ErrNoRows) {
		return refused(http.StatusNotFound, "Session token not found or expired"), nil
	}
	if err != nil {
		return reply{}, err
	}
	return act(s)
}

// claim lets in whoever read an active session: like the platform it takes no lock between reading and claiming.
func (c *call) claim(s session, user *int64) error {
	if err := c.window("session " + s.token); err != nil {
		return err
	}
	_, err := c.tx.Exec("UPDATE rvm_sessions SET status = 'claimed', user_id = ?, claimed_at = ?, updated_at = ? WHERE id = ?",
		user, c.now.Unix(), c.now.Unix(), s.id)
	return err
}

func claimSession(c *call) (reply, error) {
	return c.withSession(func(s session) (reply, error) {
		if s.status != "active" {
			return refused(http.StatusConflict, "Session is no longer available for authorization"), nil
		}
		return ok("Session claimed successfully", map[string]any{
			"session_id": s.number(), "session_token": s.token, "user_name": c.user.name, "rvm_id": s.rvmID,
		}), c.claim(s, &c.user.id)
	})
}

func activateGuest(c *call) (reply, error) {
	return c.withSession(func(s session) (reply, error) {
		if s.status != "active" {
			return refused(http.StatusConflict, "Session is no longer available for activation"), nil
		}
		return ok("Guest session activated successfully", map[string]any{
			"session_id": s.number(), "session_token": s.token, "rvm_id": s.rvmID, "mode": "guest_donation",
		}), c.claim(s, nil)
	})
}

func sessionStatus(c *call) (reply, error) {
	return c.withSession(func(s session) (reply, error) {
		return ok("", map[string]any{
			"session_token": s.token, "status": s.status, "rvm_id": s.rvmID, "user_id": s.userID,
			"created_at": stamp(s.created), "expires_at": stamp(s.expires),
		}), nil
	})
}

// recentSessions lists a machine's sessions, newest first; a negative limit means all.
func (c *call) recentSessions(id int64, limit int) ([]session, error) {
	return rows(c.tx, scanSession, "SELECT "+sessionColumns+
		" FROM rvm_sessions WHERE rvm_id = ? ORDER BY created_at DESC, rowid DESC LIMIT ?", id, limit)
}

// wire is the whole model.
func (s session) wire() map[string]any {
	return map[string]any{"id": s.number(), "user_id": s.userID, "rvm_id": s.rvmID, "session_token": s.token,
		"status": s.status, "expires_at": stamp(s.expires), "claimed_at": stampNull(s.claimed),
		"created_at": stamp(s.created), "updated_at": stamp(s.modified)}
}
