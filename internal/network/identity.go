package network

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

const (
	// relearn is how old the memory of the preferred address may be before it is refreshed.
	relearn = 24 * time.Hour
	// maxAccounts bounds how many tokens' accounts are remembered for an address.
	maxAccounts = 8
)

// Seen is what the platform said of itself at an address.
type Seen struct {
	// At is when; zero means never.
	At time.Time `json:"at,omitzero"`
	// Documented is false when the build has no document about itself. The texts are that document's.
	Documented  bool   `json:"documented,omitempty"`
	Name        string `json:"name,omitempty"`
	Version     string `json:"version,omitempty"`
	Environment string `json:"environment,omitempty"`
	// Accounts are the numbers of the accounts to which tokens belong there, by the SHA-256 of the token.
	Accounts map[string]int64 `json:"accounts,omitempty"`
}

// differs says in what two documents contradict each other, or "".
func (s Seen) differs(other Seen) string {
	switch {
	case s.Documented != other.Documented:
		return "only one of them describes itself"
	case s.Name != other.Name:
		return fmt.Sprintf("its name is %q and not %q", other.Name, s.Name)
	case s.Version != other.Version:
		return fmt.Sprintf("its version is %q and not %q", other.Version, s.Version)
	case s.Environment != other.Environment:
		return fmt.Sprintf("its environment is %q and not %q", other.Environment, s.Environment)
	}
	return ""
}

// IdentityError says that nothing was sent to an address, because it was not shown to be the platform of the preferred one.
type IdentityError struct {
	// Base is the address, Preferred the one that it must not differ from.
	Base, Preferred string
	// Different is true when it was shown to be another platform, and false when nothing could be shown.
	Different bool
	// Reason is one line. What kept a check from being made is in it as text: it is no answer to the call that was not sent.
	Reason string
}

func (e *IdentityError) Error() string {
	if e.Different {
		return fmt.Sprintf("%s is another platform than %s: %s", e.Base, e.Preferred, e.Reason)
	}
	return fmt.Sprintf("%s was not shown to be the same platform as %s: %s", e.Base, e.Preferred, e.Reason)
}

// SilentError says that an address could not be asked who it is, because it does not answer.
type SilentError struct{ Base, Reason string }

func (e *SilentError) Error() string { return e.Base + " does not answer: " + e.Reason }

// UnfitError says that nothing was sent to an address because a secret must not go there.
type UnfitError struct {
	Base   string
	Reason string
}

func (e *UnfitError) Error() string { return e.Base + " is left out: " + e.Reason }

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// trust returns *IdentityError when a call must not go to an address that is not the preferred one.
func (s *Selector) trust(ctx context.Context, c Candidate, need platform.Need, pinned bool) error {
	preferred := s.order[0]
	if need == platform.NeedNothing || c.Base == preferred {
		return nil
	}
	s.checking.Lock()
	defer s.checking.Unlock()
	state, now := s.store.Load().Sane(s.order, s.now()), s.now()
	if !now.Before(state.Links[c.Base].SameUntil) {
		if err := s.sameDocument(ctx, c, state.Links[preferred].Seen); err != nil {
			return err
		}
	}
	// A person's choice of an address is as good as a setting; only a contradiction weighs more.
	if need != platform.NeedChange || pinned || now.Before(state.Links[c.Base].SameAccountUntil) {
		return nil
	}
	return s.sameAccount(ctx, c, state.Links[preferred].Seen)
}

// sameDocument compares what an address says of itself, without a token, with what the preferred one said when last seen.
func (s *Selector) sameDocument(ctx context.Context, c Candidate, want Seen) error {
	fail := &IdentityError{Base: c.Base, Preferred: s.order[0]}
	got, err := s.describe(ctx, c)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, new(*SilentError)):
		return err
	case err != nil:
		fail.Reason = err.Error()
		return fail
	}
	if fail.Reason = want.differs(got); !want.At.IsZero() && fail.Reason != "" {
		fail.Different = true
		return fail
	}
	s.change(func(l *Link) { l.SameUntil = s.now().Add(known) }, c.Base)
	return nil
}

// describe asks an address, without a token, what the platform says of itself there.
func (s *Selector) describe(ctx context.Context, c Candidate) (Seen, error) {
	client, err := s.dial(c, "")
	if err != nil {
		return Seen{}, err
	}
	defer client.Close()
	limited, stop := context.WithTimeout(ctx, patience)
	defer stop()
	h := client.Health.Race(limited)
	if h.TCP.State == platform.StateFailed && ctx.Err() == nil {
		s.note(Event{c.Base, NoConnection})
	}
	return seen(c.Base, h, s.now())
}

// seen is the part of a look that says who answered.
func seen(base string, h platform.Health, now time.Time) (Seen, error) {
	switch {
	case h.HTTP.State != platform.StateOK:
		detail := h.HTTP.Detail
		if h.TCP.State == platform.StateFailed {
			detail = h.TCP.Detail
		}
		return Seen{}, &SilentError{base, detail}
	case h.Application.State == platform.StateFailed && !h.Documented:
		return Seen{}, errors.New("it is not well: " + h.Application.Detail)
	}
	return Seen{At: now, Documented: h.Documented, Name: h.Name, Version: h.Version, Environment: h.Environment}, nil
}

// sameAccount asks an address whose token this is, and compares the answer with that of the preferred one.
func (s *Selector) sameAccount(ctx context.Context, c Candidate, want Seen) error {
	fail := &IdentityError{Base: c.Base, Preferred: s.order[0]}
	account, remembered := want.Accounts[digest(s.token)]
	switch {
	case s.token == "":
		fail.Reason = "there is no token whose account could be compared"
		return fail
	case !remembered:
		fail.Reason = "the preferred address never said to which account this token belongs"
		return fail
	}
	got, err := s.account(ctx, c)
	var no *platform.Error
	switch {
	case errors.As(err, &no) && no.Unauthenticated():
		fail.Reason, fail.Different = "it does not know the token", true
		return fail
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		fail.Reason = err.Error()
		return fail
	case got != account:
		fail.Reason, fail.Different = fmt.Sprintf("the token belongs to account %d there and not to %d", got, account), true
		return fail
	}
	s.change(func(l *Link) { l.SameAccountUntil = s.now().Add(known) }, c.Base)
	return nil
}

// account asks an address to which account the token belongs.
func (s *Selector) account(ctx context.Context, c Candidate) (int64, error) {
	client, err := s.dial(c, s.token)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	limited, stop := context.WithTimeout(ctx, patience)
	defer stop()
	me, err := client.Auth.Me(limited)
	return me.ID, err
}

// unlearned says whether the memory of the preferred address is missing or old.
func (s *Selector) unlearned(state State) bool {
	l := state.Links[s.order[0]]
	_, account := l.Seen.Accounts[digest(s.token)]
	return s.now().Sub(l.Seen.At) > relearn || s.token != "" && !account
}

// learn remembers what the preferred address says of itself and of the token. Half of it is kept when the rest fails.
func (s *Selector) learn(ctx context.Context) {
	c := s.candidates[0]
	if c.Unfit != nil {
		return
	}
	got, err := s.describe(ctx, c)
	if err != nil {
		return
	}
	var account int64
	if s.token != "" {
		account, _ = s.account(ctx, c)
	}
	s.remember(c, got, account)
}

func (s *Selector) remember(c Candidate, got Seen, account int64) {
	s.change(func(l *Link) {
		accounts := l.Seen.Accounts
		if accounts == nil || len(accounts) >= maxAccounts || got.differs(l.Seen) != "" {
			accounts = map[string]int64{}
		}
		if account != 0 {
			accounts[digest(s.token)] = account
		}
		got.Accounts = accounts
		l.Seen = got
	}, c.Base)
}
