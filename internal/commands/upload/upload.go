// Package upload sends pictures to the platform. It refuses to know what is in them.
package upload

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// Options is what upload needs: dependencies first, then flags.
type Options struct {
	Console *terminal.Console
	Out     *toolbox.Outgoing
	RVM     func() (int64, error)
	Problem func(error) *toolbox.Problem
	Report  func(error)

	Files   []string
	Meta    map[string]string
	Capture string
	Again   bool
}

// New makes the command; the noun is its own verb.
func New(box *toolbox.Box) *cobra.Command { return NewUpload(box, nil) }

// NewUpload makes the command; runF replaces the run in tests.
func NewUpload(box *toolbox.Box, runF func(context.Context, *Options) error) *cobra.Command {
	opts := &Options{Console: box.Console, Out: box.Outgoing(), RVM: box.RVM, Problem: box.Problem, Report: box.Report}
	if runF == nil {
		runF = run
	}
	var meta []string
	cmd := &cobra.Command{
		Use:   "upload <file>...",
		Short: "Upload pictures of a machine",
		Long: `Upload pictures of a machine: files, folders and patterns of JPEG and PNG files, up to 10 MiB each. What the platform would
refuse is refused here, before it is sent.

Each picture is known by its sum. The outbox remembers which ones the platform has, for as long as outbox.keep says: the same
folder again sends only what is new, and after a run that was killed only the rest; a picture whose answer was lost is sent
once more, since the platform keeps both. --again sends whatever is asked for once more, and the platform then has it twice.

Pictures go one after another with a little more than a second between them: the platform names them by machine and second, and two
of the same second would replace each other. More connections would not be faster. The next files are read meanwhile. A
picture counts as uploaded when the answer names it with its size.

When the platform is away, or nobody is signed in, a copy of each picture waits in the outbox, and rvmctl outbox flush sends it:
queued. The files may go then. --queue always only keeps copies; --queue never keeps none. --capture names the look of the camera
that a single picture belongs to: detections of the same capture wait for it and take its path.

In a pipe the columns are: file, path (- while it is queued), bytes, sum, outcome (uploaded, already, queued).

Exit status: 0 all uploaded or queued (see outcome), 1 one could not be kept, or with --queue never its outcome is unknown, 2 usage, 3 some
failed, 4 not signed in and 5 platform away (only with --queue never), 6 refused, 7 no such file.`,
		Example: `  $ rvmctl upload bottle.jpg --rvm 1
  $ rvmctl upload photos/ --rvm 1 --meta session_token=5f0e8c1e-2f6d-4b7e-9a61-0c9d2f1f6a55 --json
  $ rvmctl upload bottle.jpg --rvm 1 --queue always`,
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
	cmd.Flags().StringVar(&opts.Capture, "capture", "", "`ID` of the look of the camera that a single picture belongs to, at most 100 characters")
	cmd.Flags().BoolVar(&opts.Again, "again", false, "send also what was uploaded before; the platform keeps both")
	toolbox.Queue(cmd)
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
	if err := toolbox.CheckCapture(o.Capture); err != nil {
		return err
	}
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	items, findErr := source.Find(ctx, o.Files)
	if len(items) == 0 {
		return findErr
	}
	if o.Capture != "" && len(items) > 1 {
		return toolbox.Usage(fmt.Sprintf("--capture is about one picture, and these are %d", len(items)), "name one file")
	}
	s, err := o.sender(ctx, rvm)
	if err != nil {
		return err
	}
	tally := toolbox.Tally{What: "pictures", Planned: len(items), Repeatable: !o.Again}
	if findErr != nil {
		o.Report(findErr)
		tally.Add(findErr)
	}
	return s.all(ctx, items, &tally)
}

func (o *Options) sender(ctx context.Context, rvm int64) (*sender, error) {
	s := &sender{options: o, rvm: rvm}
	c, err := o.Out.Config()
	if err != nil {
		return nil, err
	}
	s.queue = c.Outbox.Queue
	if s.profile, s.target, err = o.Out.Target(); err != nil {
		return nil, err
	}
	s.store, err = o.Out.Store(ctx)
	return s, err
}

// all sends the pictures in their order while the next ones are read.
func (s *sender) all(ctx context.Context, items []source.Item, tally *toolbox.Tally) error {
	o := s.options
	reading, stop := context.WithCancel(ctx)
	defer stop()
	bar := o.Console.Progress("pictures", int64(len(items)), false)
	defer bar.Finish()
	taken, waiting, why := 0, 0, error(nil)
	for r := range o.prepare(reading, items) {
		if ctx.Err() != nil {
			break
		}
		u, err := s.send(ctx, r)
		tally.Add(err)
		switch u.Outcome {
		case uploaded:
			tally.Confirm(fmt.Sprintf("%s (%d bytes)", u.Path, u.Size))
		case queued:
			if waiting++; why == nil {
				why = s.away
			}
		}
		u.Error = o.Problem(err)
		o.Report(err)
		if err := o.Console.Emit(u); err != nil {
			return tally.Stopped(err)
		}
		bar.Add(1)
		taken++
	}
	s.tell(waiting, why)
	if ctx.Err() != nil && (taken < len(items) || tally.Err() != nil) {
		return tally.Stopped(context.Cause(ctx))
	}
	return tally.Err()
}

// tell says once what waits, why, and what sends it.
func (s *sender) tell(waiting int, why error) {
	if waiting == 0 {
		return
	}
	reason := "as asked"
	switch {
	case why != nil:
		reason = s.options.Out.Explain(why)
	case s.queue != toolbox.QueueAlways:
		reason = "the platform did not take it"
	}
	what := "1 picture is"
	if waiting > 1 {
		what = toolbox.Number(waiting) + " pictures are"
	}
	s.options.Console.Warn("%s not sent yet (%s); kept, and sent by: rvmctl outbox flush", what, reason)
}
