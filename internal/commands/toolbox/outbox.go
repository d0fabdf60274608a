package toolbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// outboxDir is where everything that must reach the platform lies.
func (b *Box) outboxDir() string { return filepath.Join(b.System.StateDir, "outbox") }

// Outbox opens the outbox of this user, once; Close closes it. Its errors are those of the settings and *outbox.OpenError.
func (b *Box) Outbox(ctx context.Context) (*outbox.Store, error) {
	b.opening.Lock()
	defer b.opening.Unlock()
	if b.store != nil {
		return b.store, nil
	}
	c, err := b.Config()
	if err != nil {
		return nil, err
	}
	b.store, err = outbox.Open(ctx, b.outboxDir(), outbox.Options{MaxBytes: c.Outbox.MaxBytes, Keep: c.Outbox.Keep,
		Warn: func(text string) { b.Console.Warn("%s", text) }})
	return b.store, err
}

// OutboxInUse says whether there is an outbox at all, without opening or making it.
func (b *Box) OutboxInUse() bool {
	_, err := os.Stat(filepath.Join(b.outboxDir(), "deposits.db"))
	return err == nil
}

// Close gives back what the run held.
func (b *Box) Close() {
	b.opening.Lock()
	defer b.opening.Unlock()
	if b.store != nil {
		_ = b.store.Close()
		b.store = nil
	}
}

// Target is the address for which entries are put in, and the profile in whose name. It needs no token: being signed out is no
// obstacle to keeping something.
func (b *Box) Target() (profile, target string, err error) {
	c, err := b.configWithURL()
	if err != nil {
		return "", "", err
	}
	return c.Profile, c.URL, nil
}

// Courier sends what the outbox keeps for the profile in use; report, which may be nil, is told of every entry.
func (b *Box) Courier(ctx context.Context, report func(delivery.Event)) (*delivery.Courier, error) {
	c, err := b.configWithURL()
	if err != nil {
		return nil, err
	}
	store, err := b.Outbox(ctx)
	if err != nil {
		return nil, err
	}
	return delivery.New(delivery.Options{
		Store: store, Connect: b.connectAs, SignIn: b.signInAgain(c), Profile: c.Profile, Targets: b.targets(c),
		Policy: delivery.Policy(c.Outbox.Policy), Settle: c.Outbox.Settle, Spacing: b.UploadSpacing(), Report: report,
	}), nil
}

// targets are the addresses of the platform in use.
func (b *Box) targets(c *config.Config) []string {
	if tunnel := b.tunnelURL(c); tunnel != "" {
		return []string{c.URL, tunnel}
	}
	return []string{c.URL}
}

// connectAs is a client with the token that is stored now, and a name for the account that gives nothing of the token away.
func (b *Box) connectAs(context.Context) (*platform.Client, string, error) {
	token, err := b.Token()
	if err != nil {
		return nil, "", err
	}
	client, err := b.Connect(token.Reveal())
	sum := sha256.Sum256([]byte(token.Reveal()))
	return client, hex.EncodeToString(sum[:]), err
}
