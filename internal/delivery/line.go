package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// line is the connection of a courier: the client, whose token it carries, and whose account that is.
type line struct {
	mu      sync.Mutex
	client  *platform.Client
	token   string
	account string
	// stopped are the classes that were paused.
	stopped map[outbox.Class]bool
}

func (l *line) now() (*platform.Client, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.client, l.token
}

func (l *line) setPaused(class outbox.Class) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped == nil {
		l.stopped = map[outbox.Class]bool{}
	}
	l.stopped[class] = true
}

// wasPaused says whether the class was paused, and forgets it.
func (l *line) wasPaused(class outbox.Class) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.stopped[class]
	delete(l.stopped, class)
	return was
}

// connect gives the client, making it when there is none.
func (c *Courier) connect(ctx context.Context) (*platform.Client, string, error) {
	if client, token := c.line.now(); client != nil {
		return client, token, nil
	}
	return c.reconnect(ctx)
}

// reconnect asks for the client anew: somebody has signed in.
func (c *Courier) reconnect(ctx context.Context) (*platform.Client, string, error) {
	client, token, err := c.Connect(ctx)
	if err != nil {
		return nil, "", err
	}
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	if token != c.line.token {
		c.line.account = ""
	}
	c.line.client, c.line.token = client, token
	return client, token, nil
}

// whose is the account that the platform knows the token's owner by. It is asked once for every token.
func (c *Courier) whose(ctx context.Context) (string, error) {
	client, token, err := c.connect(ctx)
	if err != nil {
		return "", err
	}
	c.line.mu.Lock()
	account := c.line.account
	c.line.mu.Unlock()
	if account != "" {
		return account, nil
	}
	name := "account " + token
	if account, err = c.Store.Note(ctx, name); err != nil || account == "" {
		user, err := client.Auth.Me(ctx)
		if err != nil {
			return "", err
		}
		account = fmt.Sprintf("user %d", user.ID)
		_ = c.Store.SetNote(context.WithoutCancel(ctx), name, account)
	}
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	if c.line.token == token {
		c.line.account = account
	}
	return account, nil
}

// signIns is the note about the last time that somebody signed in again.
type signIns struct {
	Until time.Time `json:"until"`
}

// signInAgain takes the place of a token that was refused, once for all processes. It says whether there is another token now.
func (c *Courier) signInAgain(ctx context.Context, refused string) bool {
	if c.SignIn == nil {
		return c.replaced(ctx, refused)
	}
	lock := flock.New(filepath.Join(c.Store.Dir(), "signin.lock"), flock.SetPermissions(0o600))
	if ok, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil || !ok {
		return false
	}
	defer func() { _ = lock.Close() }()
	if c.replaced(ctx, refused) {
		return true
	}
	name := "signin " + c.Profile
	if c.signedInLately(ctx, name) {
		return false
	}
	err := c.SignIn(ctx)
	crashAt("after-signin")
	wait := signInWait
	if err == nil {
		// A token that is refused as soon as it is given would otherwise be asked for again and again.
		wait = time.Minute
	}
	if raw, encodeErr := json.Marshal(signIns{c.Store.Now().Wall.Add(wait)}); encodeErr == nil && (err == nil || !ended(err)) {
		_ = c.Store.SetNote(context.WithoutCancel(ctx), name, string(raw))
	}
	return err == nil && c.replaced(ctx, refused)
}

// replaced says whether the token is another one by now.
func (c *Courier) replaced(ctx context.Context, refused string) bool {
	_, token, err := c.reconnect(ctx)
	return err == nil && token != refused
}

func (c *Courier) signedInLately(ctx context.Context, name string) bool {
	text, err := c.Store.Note(ctx, name)
	var last signIns
	return err == nil && text != "" && json.Unmarshal([]byte(text), &last) == nil && pause{Until: last.Until}.on(c.Store.Now().Wall)
}

// unauthenticated says that a call failed for its token.
func unauthenticated(err error) bool {
	var refused *platform.Error
	return errors.As(err, &refused) && refused.Unauthenticated() && !refused.Anonymous
}

// withToken makes a call, and once more after signing in again when the token was refused.
func (c *Courier) withToken(ctx context.Context, call func(*platform.Client) error) error {
	client, token, err := c.connect(ctx)
	if err != nil {
		return err
	}
	if err = call(client); !unauthenticated(err) || !c.signInAgain(ctx, token) {
		return err
	}
	client, _, reconnectErr := c.connect(ctx)
	if reconnectErr != nil {
		return err
	}
	return call(client)
}
