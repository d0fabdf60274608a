package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/gofrs/flock"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// settled counts what a look at the uncertain ones has changed.
type settled struct {
	moved              int
	delivered, refused int64
}

// settleUncertain finds out what became of entries whose outcome is unknown. One process does at a time: a miss that one has seen
// must not undo what another one has sent since.
func (c *Courier) settleUncertain(ctx context.Context) (s settled, err error) {
	if entries, err := c.Store.Unsettled(ctx); err != nil || !slices.ContainsFunc(entries, uncertain) {
		return s, err
	}
	lock := flock.New(filepath.Join(c.Store.Dir(), "reconcile.lock"), flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return s, err
	}
	defer func() { _ = lock.Close() }()
	c.claiming.Lock()
	c.looked = c.Store.Now()
	c.claiming.Unlock()
	entries, err := c.Store.Unsettled(ctx)
	if err != nil {
		return s, err
	}
	l := look{c: c, all: entries, settled: &s}
	return s, firstOf(l.creations(ctx), l.decisions(ctx))
}

func uncertain(e outbox.Entry) bool { return e.State == outbox.Uncertain }

// look is one look at the platform for the sake of uncertain entries.
type look struct {
	c       *Courier
	all     []outbox.Entry
	settled *settled
}

// ours are the uncertain entries of a kind that this courier may settle.
func (l look) ours(kind string) (ours []outbox.Entry) {
	for _, e := range l.all {
		if uncertain(e) && e.Kind == kind && e.Profile == l.c.Profile && (len(l.c.Targets) == 0 || slices.Contains(l.c.Targets, e.Target)) {
			ours = append(ours, e)
		}
	}
	return ours
}

// creations settles deposits.
func (l look) creations(ctx context.Context) error {
	ours := l.ours(KindDeposit)
	if len(ours) == 0 {
		return nil
	}
	switch l.c.Policy {
	case Hold:
		for _, e := range ours {
			l.hold(ctx, e, "its outcome is unknown: "+e.Reason)
		}
		return nil
	case Idempotent:
		// What went without a key, under another policy, is not known by its key.
		ours = slices.DeleteFunc(ours, func(e outbox.Entry) bool {
			keyed := e.Account == withKey
			if keyed {
				l.missed(ctx, e)
			}
			return keyed
		})
		if len(ours) == 0 {
			return nil
		}
	}
	account, err := l.c.account(ctx)
	if err != nil {
		return err
	}
	return l.compare(ctx, l.provable(ctx, ours, account))
}

// provable are the entries about which a list can prove anything; the others wait for a person.
func (l look) provable(ctx context.Context, ours []outbox.Entry, account string) (kept []outbox.Entry) {
	now := l.c.Store.Now()
	for _, e := range ours {
		_, began := e.Began.Since(now)
		_, ended := e.Ended.Since(now)
		switch {
		case e.Account != account:
			l.hold(ctx, e, fmt.Sprintf("it was sent by %s, whose deposits %s does not see", nobody(e.Account), account))
		case e.Began.IsZero() || e.Ended.IsZero() || !began || !ended:
			l.hold(ctx, e, "when it was sent is not known: the clock was wrong or was set")
		default:
			kept = append(kept, e)
		}
	}
	return kept
}

func nobody(account string) string {
	if account == "" {
		return "an account that was not recorded"
	}
	return account
}

var errNoDate = errors.New("the platform does not say what time it is")

// compare looks for entries among what the platform holds.
func (l look) compare(ctx context.Context, ours []outbox.Entry) error {
	if len(ours) == 0 {
		return nil
	}
	// Ages are taken before the question for the windows' ends and after the answer for their beginnings: both errors widen.
	before := l.c.Store.Now()
	var server time.Time
	var after outbox.Moment
	var page platform.Page[platform.Deposit]
	err := l.c.withToken(ctx, func(client *platform.Client) (err error) {
		page, err = client.Deposits.Recent(ctx, platform.DepositQuery{}, func(now time.Time) time.Time {
			server, after = now, l.c.Store.Now()
			from := now
			for _, e := range ours {
				if w := l.c.window(e, now, before, after); w.from.Before(from) {
					from = w.from
				}
			}
			return from
		})
		return err
	})
	switch {
	case err != nil:
		l.c.noted(ctx, outbox.Deposit, err)
		return err
	case server.IsZero():
		return errNoDate
	}
	l.c.praise(ctx, outbox.Deposit)
	for _, group := range groups(ours) {
		if err := l.group(ctx, group, page.Items, server, before, after); err != nil {
			return err
		}
	}
	return nil
}

// groups puts together the entries that the platform's records could not tell apart, the oldest first.
func groups(entries []outbox.Entry) (all [][]outbox.Entry) {
	at := map[string]int{}
	for _, e := range entries {
		i, ok := at[e.Fingerprint]
		if !ok {
			i = len(all)
			at[e.Fingerprint] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], e)
	}
	return all
}

// window is when the platform can have stored an entry, by the platform's clock.
type window struct{ from, to time.Time }

func (w window) holds(d platform.Deposit) bool {
	return !d.CreatedAt.Before(w.from) && !d.CreatedAt.After(w.to)
}

// slack covers whole seconds in both of the platform's times, and a clock that is put right meanwhile.
const slack = 5 * time.Second

// restartSlack covers a clock that was wrong before the machine was started anew.
const restartSlack = 24 * time.Hour

func (c *Courier) window(e outbox.Entry, server time.Time, before, after outbox.Moment) window {
	began, _ := e.Began.Since(after)
	ended, _ := e.Ended.Since(before)
	if e.Began.Boot == "" || e.Began.Boot != after.Boot || e.Ended.Boot != after.Boot {
		// Only the walls' clock tells how long ago that was, and it may have been put right in between.
		return window{server.Add(-began - restartSlack), server.Add(slack)}
	}
	return window{server.Add(-began - slack), server.Add(-ended + c.Settle + slack)}
}

// group settles n identical entries with m deposits that may be theirs.
func (l look) group(ctx context.Context, group []outbox.Entry, held []platform.Deposit, server time.Time, before, after outbox.Moment) error {
	if l.busy(group[0]) {
		return nil
	}
	free, err := l.free(ctx, group, held, server, before, after)
	if err != nil {
		return err
	}
	suspect, err := l.unnumbered(ctx, group[0], free, server, before, after)
	if err != nil {
		return err
	}
	if len(free) > len(group) || suspect || len(free) > 0 && l.heldToo(group[0]) {
		for _, e := range group {
			l.hold(ctx, e, fmt.Sprintf("%d deposits of the platform could be this one", len(free)))
		}
		return nil
	}
	for i, e := range group {
		switch since, known := e.Ended.Since(before); {
		case i < len(free):
			l.found(ctx, e, free[i])
		case known && since >= l.c.Settle:
			l.missed(ctx, e)
		}
	}
	return nil
}

// busy says that an identical entry is just being sent: what the platform holds may be that one.
func (l look) busy(e outbox.Entry) bool {
	return slices.ContainsFunc(l.all, func(o outbox.Entry) bool { return o.State == outbox.Leased && o.Fingerprint == e.Fingerprint })
}

// heldToo says that an identical entry waits for a person: what the platform holds may be that one.
func (l look) heldToo(e outbox.Entry) bool {
	return slices.ContainsFunc(l.all, func(o outbox.Entry) bool { return o.State == outbox.Held && o.Fingerprint == e.Fingerprint })
}

// free are the deposits that may be those of the group and belong to no other entry, the oldest first.
func (l look) free(ctx context.Context, group []outbox.Entry, held []platform.Deposit, server time.Time, before, after outbox.Moment) ([]platform.Deposit, error) {
	var like []platform.Deposit
	var ids []string
	record := recordOf(group[0])
	for _, d := range held {
		if fingerprintOf(group[0].Target, d) != record {
			continue
		}
		inside := slices.ContainsFunc(group, func(e outbox.Entry) bool { return l.c.window(e, server, before, after).holds(d) })
		if inside {
			like, ids = append(like, d), append(ids, strconv.FormatInt(d.ID, 10))
		}
	}
	claimants, err := l.c.Store.Claimants(ctx, append([]string{group[0].Target}, l.c.Targets...), KindDeposit, ids)
	like = slices.DeleteFunc(like, func(d platform.Deposit) bool {
		return slices.ContainsFunc(claimants, func(e outbox.Entry) bool {
			return e.ServerID == strconv.FormatInt(d.ID, 10) && l.owns(e, d, server, before, after)
		})
	})
	slices.SortFunc(like, func(a, b platform.Deposit) int { return cmp.Compare(a.ID, b.ID) })
	return like, err
}

// recordOf is what the platform's record of an entry looks like.
func recordOf(e outbox.Entry) string {
	d, err := payload[platform.DepositCreate](e)
	if err != nil {
		return e.Fingerprint
	}
	return fingerprint(e.Target, d.RVMID, d.SessionToken, d.WasteType, d.Weight, d.Quantity)
}

// owns says whether a record is that of the entry which has its number. It is not when a platform that was set up anew has given the
// number a second time: the record looks otherwise then, or was made after the entry was sent.
func (l look) owns(e outbox.Entry, d platform.Deposit, server time.Time, before, after outbox.Moment) bool {
	if fingerprintOf(e.Target, d) != recordOf(e) {
		return false
	}
	_, known := e.Ended.Since(before)
	return e.Ended.IsZero() || !known || !d.CreatedAt.After(l.c.window(e, server, before, after).to)
}

// unnumbered says whether a free record may be that of an identical entry that the platform is known to have, and nobody knows under
// which number: a person said so.
func (l look) unnumbered(ctx context.Context, e outbox.Entry, free []platform.Deposit, server time.Time, before, after outbox.Moment) (bool, error) {
	if len(free) == 0 {
		return false, nil
	}
	others, err := l.c.Store.Unnumbered(ctx, e.Fingerprint)
	return slices.ContainsFunc(others, func(o outbox.Entry) bool {
		return slices.ContainsFunc(free, l.c.window(o, server, before, after).holds)
	}), err
}

// found settles an entry with the deposit that it made.
func (l look) found(ctx context.Context, e outbox.Entry, d platform.Deposit) {
	reward := d.RewardAmount
	r := receipt{strconv.FormatInt(d.ID, 10), platform.DepositCreated{
		ID: d.ID, Status: d.Status, WasteType: d.WasteType, QualityGrade: d.QualityGrade, AIConfidence: d.AIConfidence, RewardAmount: &reward, Analysis: d.Analysis,
	}}
	l.done(ctx, e, r)
}

func (l look) done(ctx context.Context, e outbox.Entry, r receipt) {
	crashAt("after-reconcile-before-settle")
	err := l.c.Store.Deliver(ctx, e, r.number, r.encoded())
	if taken := new(outbox.TakenError); errors.As(err, &taken) {
		l.hold(ctx, e, fmt.Sprintf("deposit %s of the platform looks like it, and another entry has that number", r.number))
	}
	if err == nil {
		l.settled.moved++
		l.settled.delivered++
		l.c.tell(ctx, e.Key, nil)
	}
}

// missed lets an entry be sent again that the platform does not hold, or gives up one that must not be.
func (l look) missed(ctx context.Context, e outbox.Entry) {
	crashAt("after-miss-before-settle")
	// A person may have had it sent meanwhile, and what was seen before says nothing about that.
	if now, err := l.c.Store.Get(ctx, e.Key); err != nil || now.State != e.State || now.Attempts != e.Attempts {
		return
	}
	if e.Once {
		l.refuse(ctx, e, "the platform does not hold it, and it was to be sent once")
		return
	}
	if l.c.Store.Later(ctx, e, l.c.Store.Now().Wall, outbox.Failure{Reason: "the platform does not hold it"}) == nil {
		l.settled.moved++
	}
}

func (l look) refuse(ctx context.Context, e outbox.Entry, reason string) {
	if l.c.Store.Refuse(ctx, e, outbox.Failure{Reason: reason, HTTPStatus: e.HTTPStatus}) == nil {
		l.settled.moved++
		l.settled.refused++
		l.c.tell(ctx, e.Key, errors.New(reason))
	}
}

func (l look) hold(ctx context.Context, e outbox.Entry, reason string) {
	if l.c.Store.Hold(ctx, e, outbox.Failure{Reason: reason, HTTPStatus: e.HTTPStatus}) == nil {
		l.settled.moved++
		l.c.tell(ctx, e.Key, errors.New(reason))
	}
}

// decisions settles decisions about deposits. What the deposit says decides; where it is another user's and cannot be seen, the
// platform's refusal of a second decision does, once the first cannot be under way any more.
func (l look) decisions(ctx context.Context) error {
	for _, e := range l.ours(KindDecision) {
		if l.c.Policy == Hold {
			l.hold(ctx, e, "its outcome is unknown: "+e.Reason)
			continue
		}
		if err := l.decision(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (l look) decision(ctx context.Context, e outbox.Entry) error {
	d, unreadable := payload[decision](e)
	if unreadable != nil {
		l.hold(ctx, e, unreadable.Error())
		return nil
	}
	since, known := e.Ended.Since(l.c.Store.Now())
	if !known {
		l.hold(ctx, e, "when it was sent is not known: the clock was wrong or was set")
		return nil
	}
	var held platform.Deposit
	err := l.c.withToken(ctx, func(client *platform.Client) (err error) {
		held, err = client.Deposits.Get(ctx, d.ID)
		return err
	})
	var refused *platform.Error
	switch {
	case errors.As(err, &refused) && refused.NotFound():
	case err != nil:
		l.c.noted(ctx, outbox.Deposit, err)
		return err
	case held.Status == d.Status:
		l.done(ctx, e, receipt{"", platform.DepositProcessed{ID: d.ID, Status: held.Status, RewardAmount: held.RewardAmount, ProcessedAt: held.ProcessedAt}})
		return nil
	case held.Status == platform.DepositCompleted || held.Status == platform.DepositRejected:
		l.refuse(ctx, e, "the deposit was decided otherwise: "+held.Status)
		return nil
	}
	if since >= l.c.Settle {
		l.missed(ctx, e)
	}
	return nil
}
