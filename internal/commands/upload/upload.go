// Package upload sends pictures to the platform. It refuses to know what is in them.
package upload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// Options is what upload needs: dependencies first, then flags.
type Options struct {
	Console  *terminal.Console
	Platform func() (*platform.Client, error)
	RVM      func() (int64, error)
	Problem  func(error) *toolbox.Problem
	Report   func(error)
	// Spacing keeps uploads of one machine apart.
	Spacing *platform.UploadSpacing

	Files []string
	Meta  map[string]string
}

// Uploaded is the result for one file.
type Uploaded struct {
	File     string           `json:"file" doc:"file as it was named"`
	Path     string           `json:"path,omitempty" doc:"path of the picture on the platform, which a detection refers to"`
	URL      string           `json:"url,omitempty" doc:"address of the picture as the platform gives it"`
	Size     int64            `json:"size_bytes" doc:"size of the file; the platform confirmed that it stored as much"`
	MimeType string           `json:"mime_type,omitempty" doc:"type that the platform recognised"`
	SHA256   string           `json:"sha256,omitempty" doc:"sum of the file"`
	RVMID    int64            `json:"rvm_id" doc:"number of the machine"`
	Error    *toolbox.Problem `json:"error,omitempty" doc:"why it was not uploaded, absent on success"`
}

// Text is one line, in a pipe: file, path, bytes, sum. What failed was told on stderr.
func (u Uploaded) Text(p *terminal.Page) {
	switch {
	case u.Error != nil:
	case !p.ForPeople():
		p.Row(u.File, u.Path, toolbox.Number(u.Size), u.SHA256)
	default:
		p.Text(p.Good("uploaded"), " ", terminal.Clean(u.File), p.Dim(" → "), terminal.Clean(u.Path), p.Dim(" ("+size(u.Size)+")"))
	}
}

// New makes the command; the noun is its own verb.
func New(box *toolbox.Box) *cobra.Command { return NewUpload(box, nil) }

// NewUpload makes the command; runF replaces the run in tests.
func NewUpload(box *toolbox.Box, runF func(context.Context, *Options) error) *cobra.Command {
	opts := &Options{Console: box.Console, Platform: box.Platform, RVM: box.RVM, Problem: box.Problem, Report: box.Report,
		Spacing: box.UploadSpacing()}
	if runF == nil {
		runF = run
	}
	var meta []string
	cmd := &cobra.Command{
		Use:   "upload <file>...",
		Short: "Upload pictures of a machine",
		Long: `Upload pictures of a machine: files, folders and patterns of JPEG and PNG files, up to 10 MiB each.

Pictures go one after another with a little more than a second between them: the platform names them by the second, and two
of the same second would replace each other. A picture counts as uploaded when the answer names it with its size.

Exit status: 0 all uploaded, 1 an outcome is unknown, 2 usage, 3 some failed, 4 not signed in, 5 platform away, 6 refused,
7 no such file.`,
		Example: `  $ rvmctl upload bottle.jpg --rvm 1
  $ rvmctl upload photos/ --rvm 1 --meta session_token=5f0e8c1e-2f6d-4b7e-9a61-0c9d2f1f6a55 --json`,
		Args: toolbox.AtLeastOne("the file to upload"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.Meta, err = parseMeta(meta); err != nil {
				return err
			}
			opts.Files = args
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringArrayVar(&meta, "meta", nil, "`KEY=VALUE` to send along; may be given several times")
	return box.Returns(cmd, Uploaded{})
}

func parseMeta(pairs []string) (map[string]string, error) {
	meta := map[string]string{}
	for _, pair := range pairs {
		key, value, found := strings.Cut(pair, "=")
		if !found || key == "" {
			return nil, toolbox.Usage("--meta "+pair+" has no key and value", "for example: --meta camera=front")
		}
		if _, twice := meta[key]; twice {
			return nil, toolbox.Usage("--meta "+key+" is given twice", "give each key once")
		}
		meta[key] = value
	}
	return meta, nil
}

func run(ctx context.Context, o *Options) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	items, findErr := source.Find(ctx, o.Files)
	if len(items) == 0 {
		return findErr
	}
	client, err := o.Platform()
	if err != nil {
		return err
	}
	tally := toolbox.Tally{What: "pictures", Planned: len(items)}
	if findErr != nil {
		o.Report(findErr)
		tally.Add(findErr)
	}
	sender := &sender{options: o, client: client, rvm: rvm}
	for _, item := range items {
		if ctx.Err() != nil {
			return tally.Stopped(context.Cause(ctx))
		}
		u, err := sender.send(ctx, item)
		tally.Add(err)
		if err == nil {
			tally.Confirm(u.Path)
		}
		u.Error = o.Problem(err)
		o.Report(err)
		if err := o.Console.Emit(u); err != nil {
			return tally.Stopped(err)
		}
	}
	if ctx.Err() != nil && tally.Err() != nil {
		return tally.Stopped(context.Cause(ctx))
	}
	return tally.Err()
}

// sender uploads one file after another.
type sender struct {
	options *Options
	client  *platform.Client
	rvm     int64
}

// send streams one file: it is read once, while it is sent, and its sum is computed on the way.
func (s *sender) send(ctx context.Context, item source.Item) (Uploaded, error) {
	u := Uploaded{File: item.Name, RVMID: s.rvm}
	content, length, err := s.open(ctx, item)
	if err != nil {
		return u, err
	}
	u.Size = length
	bar := s.options.Console.Progress(item.Name, length, true)
	defer bar.Finish()
	var shown int64
	sum := sha256.New()
	var done platform.Uploaded
	err = s.options.Spacing.Do(ctx, s.rvm, func() (err error) {
		done, err = s.client.Uploads.Create(ctx, platform.Upload{
			RVMID: s.rvm, Name: item.Name, Size: length, Metadata: s.options.Meta,
			Open:     func() (io.ReadCloser, error) { return &summed{content, io.TeeReader(content, sum)}, nil },
			Progress: func(n int64) { bar.Add(n - shown); shown = n },
		})
		return err
	})
	_ = content.Close()
	if err == nil {
		u.Path, u.URL, u.MimeType, u.SHA256 = done.Path, done.URL, done.MimeType, hex.EncodeToString(sum.Sum(nil))
	}
	var limit *platform.LimitError
	if errors.As(err, &limit) {
		// It names the field; people want to know which of their files.
		err = fmt.Errorf("%s: %w", item.Name, err)
	}
	return u, err
}

// open gives the content and its length. Standard input has no length until it was read, so it is read first.
func (s *sender) open(ctx context.Context, item source.Item) (io.ReadCloser, int64, error) {
	if !item.Stdin {
		return source.Open(item)
	}
	loader := source.Loader{Limits: source.Limits{MaxBytes: platform.MaxUpload}, Stdin: s.options.Console.In()}
	picture, err := loader.Load(ctx, item)
	if err != nil {
		return nil, 0, err
	}
	return io.NopCloser(bytes.NewReader(picture.Data)), int64(len(picture.Data)), nil
}

// summed reads through a sum and closes what lies behind it.
type summed struct {
	io.Closer
	io.Reader
}

// size is a number of bytes in IEC units.
func size(n int64) string {
	const kib = 1024
	switch {
	case n < kib:
		return toolbox.Number(n) + " B"
	case n < kib*kib:
		return toolbox.Number((n+kib/2)/kib) + " KiB"
	}
	return toolbox.Number((n+kib*kib/2)/(kib*kib)) + " MiB"
}
