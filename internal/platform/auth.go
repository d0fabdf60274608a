package platform

import (
	"context"
	"net/http"
)

// AuthService signs in and out. Tokens neither expire nor refresh on the platforms known so far.
type AuthService struct{ c *Client }

// User is an account of the platform.
type User struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	// Role is the display name, "Super Admin", not the slug that guards use.
	Role string `json:"role"`
}

// Login is what a successful sign-in yields.
type Login struct {
	User  User   `json:"user"`
	Token Secret `json:"token"`
	// TokenType is "Bearer".
	TokenType string `json:"token_type"`
}

// Login exchanges an e-mail address and a password for a token. Every login makes another token and leaves the earlier
// ones valid, so a lost answer costs nothing and comes back as *UnreachableError. Wrong credentials are an *Error that
// is Unauthenticated. It returns *LimitError or *PlaintextError without sending anything.
func (s *AuthService) Login(ctx context.Context, email, password string) (Login, error) {
	if err := checkLogin(email, password); err != nil {
		return Login{}, err
	}
	if err := s.c.checkPlaintext(s.c.base); err != nil {
		return Login{}, err
	}
	k := call{method: http.MethodPost, path: "/api/v2/auth/login", anonymous: true, secret: password,
		body: map[string]string{"email": email, "password": password}}
	return fetch(ctx, s.c, k, func(l Login) string {
		if l.Token.IsZero() || checkToken(l.Token.Reveal()) != nil {
			return "it holds no usable token"
		}
		return named("user", l.User.ID)
	})
}

// Me tells whose token this is. It needs the database, so it also proves that the platform works.
func (s *AuthService) Me(ctx context.Context) (User, error) {
	type me struct {
		User User `json:"user"`
	}
	got, err := fetch(ctx, s.c, get("/api/v2/auth/me", nil), func(m me) string { return named("user", m.User.ID) })
	return got.User, err
}

// Logout revokes this token and no other. A second logout is an *Error that is Unauthenticated; one whose answer was
// lost may be repeated and comes back as *UnreachableError.
func (s *AuthService) Logout(ctx context.Context) error {
	return s.c.done(ctx, call{method: http.MethodPost, path: "/api/v2/auth/logout"})
}
