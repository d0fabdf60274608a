package upload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strings"

	"github.com/google/uuid"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// sender brings one picture after another into the outbox and from there to the platform.
type sender struct {
	options         *Options
	store           *outbox.Store
	rvm             int64
	profile, target string
	// queue is one of the choices of --queue.
	queue string
	// away is why nothing more is tried, nil while it is worth trying; inRow counts failures of the platform.
	away  error
	inRow int
}

// awayAfter is how many pictures in a row must fail on an answer of the platform before the rest is kept without trying.
const awayAfter = 3

// send makes a picture an entry of the outbox, unless it is one already, and sends it, unless it is to wait.
func (s *sender) send(ctx context.Context, r ready) (Uploaded, error) {
	u := Uploaded{File: r.item.Name, RVMID: s.rvm, Size: r.size, SHA256: r.sum, Outcome: failed}
	if r.err != nil {
		return u, r.err
	}
	n, err := s.entry(r)
	if err != nil {
		return u, err
	}
	there, err := s.known(ctx, &n)
	if err != nil {
		return u, err
	}
	if there != nil && there.State == outbox.Done {
		u.say(toolbox.Handed{Entry: *there, Delivery: toolbox.Sent, Again: true})
		return u, nil
	}
	h, err := s.bring(ctx, r, n, there)
	switch {
	case err == nil:
		u.say(h)
	case h.Entry.State != outbox.Pending || s.queue != toolbox.QueueNever:
		u.Key = h.Entry.Key
	}
	return u, err
}

// say notes what became of the entry.
func (u *Uploaded) say(h toolbox.Handed) {
	u.Key, u.Delivery, u.Outcome = h.Entry.Key, h.Delivery, queued
	done, ok := delivery.UploadedPicture(h.Entry)
	if !ok {
		return
	}
	u.Path, u.URL, u.MimeType, u.Outcome = done.Path, done.URL, done.MimeType, uploaded
	if h.Again {
		u.Outcome = already
	}
}

// entry is what the outbox would keep. The same picture of the same machine has the same key.
func (s *sender) entry(r ready) (outbox.New, error) {
	n, err := delivery.PictureEntry(s.profile, s.target, s.picture(r))
	n.Once = s.queue == toolbox.QueueNever
	if s.options.Again {
		n.Key = uuid.NewString()
	}
	return n, err
}

func (s *sender) picture(r ready) delivery.Picture {
	return delivery.Picture{RVMID: s.rvm, Name: strings.ToValidUTF8(r.item.Name, "_"), SHA256: r.sum, Size: r.size, Metadata: s.options.Meta,
		Capture: s.options.Capture, File: r.file()}
}

// known looks the picture up. One that was sent for another capture is of no use to this one's detection, so that the capture
// then makes a key of its own. nil means that there is none to go on with.
func (s *sender) known(ctx context.Context, n *outbox.New) (*outbox.Entry, error) {
	e, err := s.find(ctx, n.Key)
	if e == nil || err != nil || n.Capture == "" || e.Capture == n.Capture {
		return e, err
	}
	n.Key = uuid.NewSHA1(uuid.NameSpaceURL, []byte(n.Key+" of "+n.Capture)).String()
	return s.find(ctx, n.Key)
}

func (s *sender) find(ctx context.Context, key string) (*outbox.Entry, error) {
	e, err := s.store.Get(ctx, key)
	var missing *outbox.NotFoundError
	switch {
	case errors.As(err, &missing):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &e, nil
}

// bring keeps the picture and sends it. There is, or nil, is what an earlier run left of it.
func (s *sender) bring(ctx context.Context, r ready, n outbox.New, there *outbox.Entry) (toolbox.Handed, error) {
	waits := s.queue == toolbox.QueueAlways || s.away != nil
	if waits && s.queue == toolbox.QueueNever {
		return toolbox.Handed{}, s.away
	}
	h, err := s.keep(ctx, r, n, there, waits)
	if err != nil || waits {
		return h, err
	}
	h, err = s.options.Out.Send(ctx, h)
	s.notice(h, err)
	h.Again = false
	if h.Entry.State != outbox.Pending || h.Entry.Blob != "" || s.queue == toolbox.QueueNever {
		return h, err
	}
	// From here on the file may go.
	kept, spoolErr := s.again(context.WithoutCancel(ctx), r, n, h.Entry)
	if spoolErr != nil {
		return h, errors.Join(err, spoolErr)
	}
	h.Entry = kept
	return h, err
}

// keep puts the picture in. One that will wait is copied; one that is sent now is read where it lies, unless a detection may wait
// for it.
func (s *sender) keep(ctx context.Context, r ready, n outbox.New, there *outbox.Entry, waits bool) (toolbox.Handed, error) {
	if there != nil {
		h := toolbox.Handed{Entry: *there, Delivery: toolbox.Queued, Again: true}
		if there.State == outbox.Leased || s.same(r, *there) && (there.Blob != "" || !waits && !s.moved(r, *there)) {
			return h, nil
		}
		// Refused, lost, said differently, or not readable any more: what this run was given takes its place.
		if _, err := s.store.Drop(ctx, there.Key, false); err != nil {
			var state *outbox.StateError
			if errors.As(err, &state) {
				return h, nil
			}
			return h, err
		}
	}
	if waits || r.file() == "" || n.Capture != "" {
		if err := s.spool(ctx, r, &n); err != nil {
			return toolbox.Handed{}, err
		}
	}
	e, _, err := s.store.Add(ctx, n)
	return toolbox.Handed{Entry: e, Delivery: toolbox.Queued}, err
}

// same says whether an entry that waits would send what this run was asked to send.
func (s *sender) same(r ready, e outbox.Entry) bool {
	var p delivery.Picture
	if e.State != outbox.Pending || json.Unmarshal(e.Payload, &p) != nil {
		return false
	}
	ours := s.picture(r)
	return p.Name == ours.Name && p.Capture == ours.Capture && maps.Equal(p.Metadata, ours.Metadata)
}

// moved says whether the file lies elsewhere by now.
func (s *sender) moved(r ready, e outbox.Entry) bool {
	var p delivery.Picture
	return json.Unmarshal(e.Payload, &p) != nil || p.File != r.file()
}

// again keeps a picture with a copy that was kept without one.
func (s *sender) again(ctx context.Context, r ready, n outbox.New, e outbox.Entry) (outbox.Entry, error) {
	if err := s.spool(ctx, r, &n); err != nil {
		return e, err
	}
	if _, err := s.store.Drop(ctx, e.Key, false); err != nil {
		return e, err
	}
	e, _, err := s.store.Add(ctx, n)
	return e, err
}

// spool copies the picture into the outbox and sees that it is still the one that was looked at.
func (s *sender) spool(ctx context.Context, r ready, n *outbox.New) error {
	content := io.NopCloser(bytes.NewReader(r.data))
	if r.data == nil {
		file, _, err := source.Open(r.item)
		if err != nil {
			return err
		}
		content = file
	}
	defer func() { _ = content.Close() }()
	sum, size, err := s.store.Spool(ctx, content, platform.MaxUpload)
	if err != nil {
		return err
	}
	if sum != r.sum {
		return unread(r.item, errChanged)
	}
	n.Blob, n.BlobSize = sum, size
	return nil
}

// notice remembers that the platform is away or does not know us, so that the rest of a folder does not wait for it, one by one.
func (s *sender) notice(h toolbox.Handed, err error) {
	if err == nil {
		err = h.Why
	}
	if h.Entry.State == outbox.Done || err == nil {
		s.inRow = 0
		return
	}
	var unreachable *platform.UnreachableError
	var paused *delivery.PausedError
	var none *config.NoTokenError
	var refused *platform.Error
	if errors.As(err, &unreachable) || errors.As(err, &paused) || errors.As(err, &none) ||
		errors.As(err, &refused) && refused.Unauthenticated() {
		s.away = err
		return
	}
	if h.Entry.State != outbox.Pending {
		s.inRow = 0
	} else if s.inRow++; s.inRow >= awayAfter {
		s.away = err
	}
}
