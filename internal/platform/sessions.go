package platform

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// SessionsService creates and follows the sessions of people at a machine. All but Claim go without the token: the
// platform asks nobody who creates, watches or opens a session.
type SessionsService struct{ c *Client }

const sessionsPath = "/api/v2/rvm/session"

// States of a session as Session.State computes them. The platform itself knows only active and claimed.
const (
	// SessionActive waits for somebody.
	SessionActive = "active"
	// SessionClaimed belongs to a user.
	SessionClaimed = "claimed"
	// SessionGuest is used by somebody without an account.
	SessionGuest = "guest"
	// SessionExpired was never used in its time.
	SessionExpired = "expired"
)

// Session ties a person to a machine for ten minutes. Its token is the only thing that identifies it: the number that
// the platform sends beside it is cut out of a UUID and shared by many, so it is not read at all.
type Session struct {
	// Token is a capability: whoever has it may claim the session.
	Token string `json:"session_token"`
	RVMID int64  `json:"rvm_id"`
	// Status is the platform's word; State is the truth.
	Status string `json:"status"`
	// UserID is who claimed it, nil for a guest and while nobody has.
	UserID *int64 `json:"user_id"`
	// UserName comes with Claim only.
	UserName string `json:"user_name"`
	// Mode comes with ActivateGuest only: guest_donation.
	Mode      string    `json:"mode"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	// ExpiresAt is ten minutes after the creation; zero in the answers to Claim and ActivateGuest.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// ServerTime is the platform's clock when it answered; zero when it did not say.
	ServerTime time.Time `json:"-"`
}

// sessionToken is the body of every call about a session that exists.
type sessionToken struct {
	Token string `json:"session_token"`
}

// State is one of the four states at the time now. An active session past its time has expired, which the platform
// never says.
func (s Session) State(now time.Time) string {
	switch {
	case s.Status == SessionClaimed && s.UserID == nil:
		return SessionGuest
	case s.Status == SessionActive && !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt):
		return SessionExpired
	}
	return s.Status
}

// Left is how long the session may still be claimed at the time now, never negative.
func (s Session) Left(now time.Time) time.Duration {
	if s.State(now) != SessionActive || s.ExpiresAt.IsZero() {
		return 0
	}
	return s.ExpiresAt.Sub(now)
}

// Clock is the platform's clock where it told it, otherwise the given one of this machine: expiry is the platform's
// matter, and a machine without network time may be hours off.
func (s Session) Clock(local time.Time) time.Time {
	if s.ServerTime.IsZero() {
		return local
	}
	return s.ServerTime
}

// Create opens a session at a machine. The platform does not look at the machine's status.
func (s *SessionsService) Create(ctx context.Context, rvmID int64) (Session, error) {
	if err := checkID("rvm_id", rvmID); err != nil {
		return Session{}, err
	}
	k := call{method: http.MethodPost, path: sessionsPath + "/create", body: map[string]int64{"rvm_id": rvmID},
		anonymous: true, changes: true, creates: true}
	made, err := s.ask(ctx, k, func(got Session) string {
		if checkSession(got.Token) != nil {
			return "it names no session"
		}
		return same("rvm", got.RVMID, rvmID)
	})
	made.Status = SessionActive
	return made, err
}

// Claim makes the session belong to the user of the token. The platform lets two callers win when they call at the same
// moment, and lets an expired session be claimed. A session that is taken is a 409, one that does not exist NotFound.
func (s *SessionsService) Claim(ctx context.Context, token string) (Session, error) {
	return s.take(ctx, "/claim", token, false)
}

// ActivateGuest opens the session for somebody without an account. A session that is taken is a 409, one that does not
// exist NotFound.
func (s *SessionsService) ActivateGuest(ctx context.Context, token string) (Session, error) {
	return s.take(ctx, "/activate-guest", token, true)
}

func (s *SessionsService) take(ctx context.Context, verb, token string, anonymous bool) (Session, error) {
	if err := checkSession(token); err != nil {
		return Session{}, err
	}
	k := call{method: http.MethodPost, path: sessionsPath + verb, body: sessionToken{token}, anonymous: anonymous,
		changes: true, secret: token}
	taken, err := s.ask(ctx, k, func(got Session) string { return sameSession(got, token) })
	taken.Status = SessionClaimed
	return taken, err
}

// Status returns what the platform holds of a session. NotFound means that there never was one: the platform's "or
// expired" is not true.
func (s *SessionsService) Status(ctx context.Context, token string) (Session, error) {
	if err := checkSession(token); err != nil {
		return Session{}, err
	}
	k := get(sessionsPath+"/status", url.Values{"session_token": {token}})
	k.anonymous, k.secret = true, token
	return s.ask(ctx, k, func(got Session) string {
		if got.Status == "" {
			return "it names no status"
		}
		return sameSession(got, token)
	})
}

// ask is fetch that keeps the platform's clock.
func (s *SessionsService) ask(ctx context.Context, k call, check func(Session) string) (Session, error) {
	a, err := s.c.send(ctx, k)
	if err != nil {
		return Session{}, err
	}
	var got Session
	if err := assignNamed("data", a.data, &got); err != nil {
		return Session{}, s.c.mistaken(k, a.from, err.Error())
	}
	if reason := check(got); reason != "" {
		return Session{}, s.c.mistaken(k, a.from, reason)
	}
	got.ServerTime = a.serverTime
	return got, nil
}

// checkSession wants a token that comes back from the platform as it was sent.
func checkSession(token string) error {
	if token == "" {
		return &LimitError{"session_token", "1 to 255 characters", "nothing"}
	}
	return checkSessionToken(token)
}

// sameSession never repeats a token in its words.
func sameSession(got Session, token string) string {
	if got.Token == token {
		return ""
	}
	return "it names another session"
}

// TakenSession says that somebody has the session already: it was claimed, or a guest uses it.
func (e *Error) TakenSession() bool {
	return e.Status == http.StatusConflict && e.AboutSession()
}

// AboutSession says that the call was one about a session, whose paths name none.
func (e *Error) AboutSession() bool { return strings.HasPrefix(e.Path, sessionsPath+"/") }
