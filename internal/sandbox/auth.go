package sandbox

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// account is a user with the role's two names.
type account struct {
	id         int64
	name       string
	email      string
	role, slug string
	verifiedAt *int64
	roleID     *int64
	tenantID   *int64
	createdAt  int64
	updatedAt  int64
	password   string
}

type userWire struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

type loginWire struct {
	User      userWire `json:"user"`
	Token     string   `json:"token"`
	TokenType string   `json:"token_type"`
}

func authRoutes(public, bearer guard) []route {
	return []route{
		on("POST", "api/v2/auth/login", public, login),
		on("POST", "api/v2/auth/register", public, register),
		on("POST", "api/v2/auth/logout", bearer, logout),
		on("GET", "api/v2/auth/me", bearer, me),
		on("GET", "api/user", bearer, rawUser),
	}
}

func login(c *call) (reply, error) {
	errs, err := c.validate(nil, must("email", required(), isEmail()), must("password", required(), isString(), atLeast(6)))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	user, err := findAccount(c.tx, "u.email = ?", c.input.str("email"))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !passwordMatches(user.password, c.input.str("password")) {
		return refused(http.StatusUnauthorized, "Invalid credentials"), nil
	}
	if err != nil {
		return reply{}, err
	}
	data, err := c.signIn(user)
	return ok("Login successful", data), err
}

func register(c *call) (reply, error) {
	errs, err := c.validate(nil,
		must("name", required(), isString(), atMost(255)),
		must("email", required(), isString(), isEmail(), atMost(255), unique("users", 0)),
		must("password", required(), isString(), atLeast(8), confirmed()))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	hash, err := hashPassword(c.input.str("password"))
	if err != nil {
		return reply{}, err
	}
	at := c.now.Unix()
	made, err := c.tx.Exec(`INSERT INTO users (name, email, password, role_id, created_at, updated_at)
		VALUES (?, ?, ?, (SELECT id FROM roles WHERE slug = 'user'), ?, ?)`,
		c.input.str("name"), c.input.str("email"), hash, at, at)
	if err != nil {
		return reply{}, err
	}
	id, err := made.LastInsertId()
	if err != nil {
		return reply{}, err
	}
	user, err := findAccount(c.tx, "u.id = ?", id)
	if err != nil {
		return reply{}, err
	}
	data, err := c.signIn(user)
	return created("User registered successfully", data), err
}

// signIn gives the user one more token; earlier ones stay valid. Only the hash is kept.
func (c *call) signIn(user *account) (loginWire, error) {
	secret := randomText(48)
	made, err := c.tx.Exec("INSERT INTO tokens (user_id, hash, created_at) VALUES (?, ?, ?)",
		user.id, tokenHash(secret), c.now.Unix())
	if err != nil {
		return loginWire{}, err
	}
	id, err := made.LastInsertId()
	return loginWire{User: user.wire(), Token: strconv.FormatInt(id, 10) + "|" + secret, TokenType: "Bearer"}, err
}

func logout(c *call) (reply, error) {
	id, _, _ := bearerToken(c.r)
	_, err := c.tx.Exec("DELETE FROM tokens WHERE id = ?", id)
	return ok("Logged out successfully", nil), err
}

func me(c *call) (reply, error) {
	return ok("", map[string]any{"user": c.user.wire()}), nil
}

func rawUser(c *call) (reply, error) {
	u := c.user
	return reply{status: http.StatusOK, body: map[string]any{
		"id": u.id, "name": u.name, "email": u.email, "email_verified_at": stampNull(u.verifiedAt),
		"role_id": u.roleID, "tenant_id": u.tenantID, "google_id": nil, "line_id": nil, "discord_id": nil,
		"avatar": nil, "phone_number": nil, "created_at": stamp(u.createdAt), "updated_at": stamp(u.updatedAt),
	}}, nil
}

// authenticate fills c.user from the bearer token, or returns the refusal to send.
func (c *call) authenticate() (*reply, error) {
	id, secret, found := bearerToken(c.r)
	if !found {
		return c.unauthenticated(), nil
	}
	number, err := strconv.ParseInt(id, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		answer := c.serverError() // the database throws on an id that it cannot hold
		return &answer, nil
	}
	if err != nil {
		return c.unauthenticated(), nil //nolint:nilerr // a token without a number is nobody's, which is the answer
	}
	var hash string
	var userID int64
	err = c.tx.QueryRow("SELECT hash, user_id FROM tokens WHERE id = ?", number).Scan(&hash, &userID)
	if errors.Is(err, sql.ErrNoRows) ||
		err == nil && subtle.ConstantTimeCompare([]byte(hash), []byte(tokenHash(secret))) == 0 {
		return c.unauthenticated(), nil
	}
	if err != nil {
		return nil, err
	}
	c.user, err = findAccount(c.tx, "u.id = ?", userID)
	return nil, err
}

func (c *call) unauthenticated() *reply {
	answer := redirect(c.root() + "/login")
	if c.wantsJSON() {
		answer = c.framework(http.StatusUnauthorized, "Unauthenticated.")
	}
	return &answer
}

// bearerToken takes "<id>|<secret>" apart; tokens without an id are none of this platform's.
func bearerToken(r *http.Request) (id, secret string, found bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", "", false
	}
	return strings.Cut(strings.TrimSpace(token), "|")
}

func tokenHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func (u *account) wire() userWire {
	role := u.role
	if role == "" {
		role = "No Role"
	}
	return userWire{ID: u.id, Name: u.name, Email: u.email, Role: role}
}

func findAccount(tx *sql.Tx, where string, args ...any) (*account, error) {
	u := &account{}
	err := tx.QueryRow(`SELECT u.id, u.name, u.email, u.email_verified_at, u.password, u.role_id, u.tenant_id,
		u.created_at, u.updated_at, coalesce(r.name, ''), coalesce(r.slug, '')
		FROM users u LEFT JOIN roles r ON r.id = u.role_id WHERE `+where, args...).
		Scan(&u.id, &u.name, &u.email, &u.verifiedAt, &u.password, &u.roleID, &u.tenantID, &u.createdAt,
			&u.updatedAt, &u.role, &u.slug)
	return u, err
}

// hashRounds is low: these passwords guard demo data, and tests sign in thousands of times.
const hashRounds = 2048

func hashPassword(password string) (string, error) {
	salt := randomText(16)
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), hashRounds, sha256.Size)
	return salt + "$" + hex.EncodeToString(key), err
}

func passwordMatches(stored, password string) bool {
	salt, want, _ := strings.Cut(stored, "$")
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), hashRounds, sha256.Size)
	return err == nil && subtle.ConstantTimeCompare([]byte(hex.EncodeToString(key)), []byte(want)) == 1
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// randomText returns n random letters and digits. Bytes past the last whole multiple of the alphabet are drawn again,
// so that every character is equally likely.
func randomText(n int) string {
	out := make([]byte, 0, n)
	buf := make([]byte, n)
	for len(out) < n {
		_, _ = rand.Read(buf) // documented never to fail
		for _, b := range buf {
			if int(b) < 256/len(letters)*len(letters) && len(out) < n {
				out = append(out, letters[int(b)%len(letters)])
			}
		}
	}
	return string(out)
}
