package detection

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// UploadOptions is what upload needs: dependencies first, then flags.
type UploadOptions struct {
	Console  *terminal.Console
	Platform client
	Out      *toolbox.Outgoing
	RVM      func() (int64, error)
	Problem  func(error) *toolbox.Problem
	Report   func(error)

	Files []string
	// RVMGiven is true when --rvm was typed: then it must agree with what a file says. A machine from the profile only fills gaps.
	RVMGiven  bool
	ImagePath string
	Boxes     string
	// Capture ties a single item to the picture of the same look of the camera.
	Capture  string
	Parallel int
}

// Outcomes of one item.
const (
	stored  = "stored"
	refused = "refused"
	skipped = "skipped"
	unknown = "unknown"
	notSent = "not_sent"
	queued  = "queued"
)

// Item is the result for one item.
type Item struct {
	File       string           `json:"file" doc:"file as it was named, - for standard input"`
	Number     int              `json:"item,omitempty" doc:"line of the file, or place in its list, from 1; absent when the file is one item"`
	Outcome    string           `json:"outcome" doc:"stored, queued (kept until the platform can be reached), refused (nothing is stored), skipped (there is nothing to store), unknown (sent, and the answer was lost), or not_sent"`
	ID         int64            `json:"id,omitempty" doc:"number of the detection result on the platform"`
	RVMID      int64            `json:"rvm_id,omitempty" doc:"number of the machine"`
	ImagePath  string           `json:"image_path,omitempty" doc:"path of the picture on the platform"`
	Detections int              `json:"detections" doc:"how many things were seen"`
	Reason     string           `json:"reason,omitempty" doc:"why it was skipped"`
	Key        string           `json:"key,omitempty" doc:"name of the entry in the outbox, absent when nothing was handed over"`
	Error      *toolbox.Problem `json:"error,omitempty" doc:"why it was not stored, absent on success"`
}

// Text is one line; in a pipe: outcome, id, file, item. What failed was told on stderr.
func (i Item) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(i.Outcome, toolbox.Number(i.ID), i.File, toolbox.Number(i.Number))
		return
	}
	switch i.Outcome {
	case stored:
		p.Text(p.Good(stored), fmt.Sprintf(" detection result %d", i.ID), p.Dim(" ← "), terminal.Clean(i.name()))
	case queued:
		p.Text(p.Warning(queued), " ", terminal.Clean(i.name()), p.Dim(" · "+i.Key))
	case skipped:
		p.Text(p.Dim(skipped), " ", terminal.Clean(i.name()), p.Dim(": "+i.Reason))
	default:
		p.Text(p.Bad(i.Outcome), " ", terminal.Clean(i.name()))
	}
}

func (i Item) name() string {
	name := i.File
	if name == "-" {
		name = "standard input"
	}
	if i.Number > 0 {
		name += fmt.Sprintf(", item %d", i.Number)
	}
	return name
}

// NewUpload makes the command; runF replaces the run in tests.
func NewUpload(box *toolbox.Box, runF func(context.Context, *UploadOptions) error) *cobra.Command {
	opts := &UploadOptions{Console: box.Console, Platform: box.Platform, Out: box.Outgoing(), RVM: box.RVM, Problem: box.Problem, Report: box.Report}
	if runF == nil {
		runF = uploadRun
	}
	cmd := &cobra.Command{
		Use:   "upload <file.json>...",
		Short: "Store detection results that are in files",
		Long: `Store detection results that are in files, or on standard input (-). A file holds one result, a list of them, or one a line,
as rvmctl detect run --json writes them, as the platform reads them, or as the Python edge software wrote them: the label is
class, class_name, label or name; the box is bbox, box or xyxy, x1,y1,x2,y2 in pixels; the mask is segmentation_mask,
segmentation or mask_base64. Boxes of another kind need --boxes.

Every item is checked against the platform's limits before the first is sent. Several are sent at the same time, each once: one
that is in the files twice is sent once, one that the platform has already by its own number is skipped, and so is one in which
nothing was seen, which the platform cannot store. Ctrl-C starts no more, and waits a moment for those under way.

Each item is kept before it is sent. When the platform is away, or nobody is signed in, the rest is queued and sent later by rvmctl
outbox flush. --queue always only keeps them; --queue never keeps nothing, and when an answer is lost the outcome is "unknown": you
look before you send it again. --capture ties a single item to the picture of the same look of the camera: it then needs no
path, since it takes the one that the picture gets.

The machine comes from each item, or from --rvm; the picture from each item, or from --image-path for a single one. There is one
line, or with --json one object, for each item, in their order. In a pipe the columns are: outcome, number of the detection
result, file, item.

Exit status: 0 everything that can be stored was stored or is queued, 1 it could not be kept, or with --queue never an outcome is
unknown, 2 usage, 3 some items failed, 4 not signed in and 5 platform away (only with --queue never), 6 refused, 7 no such file.`,
		Example: `  $ rvmctl detection upload results.ndjson --rvm 1
  $ echo '{"image_path":"detection-images/a.jpg","detections":[{"class_name":"can","confidence":0.9,"bbox":[1,2,30,40]}]}' | rvmctl detection upload - --rvm 1 --json
  $ rvmctl detection upload results.json --rvm 1 --boxes cxcywh --parallel 8`,
		Args: toolbox.AtLeastOne("the file to upload"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if opts.Parallel < 1 || opts.Parallel > 16 {
				return toolbox.Usage("--parallel must be from 1 to 16", "type: rvmctl detection upload --parallel 4 FILE.json")
			}
			if err := toolbox.OneOf("boxes", opts.Boxes, boxForms()); err != nil {
				return err
			}
			if err := toolbox.CheckCapture(opts.Capture); err != nil {
				return err
			}
			opts.Files, opts.RVMGiven = args, cmd.Flags().Changed("rvm")
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	toolbox.Queue(cmd)
	f := cmd.Flags()
	f.StringVar(&opts.ImagePath, "image-path", "", "`PATH` of the picture on the platform, for a single item that names none")
	f.StringVar(&opts.Capture, "capture", "", "`ID` of the look of the camera, for a single item whose picture goes with it")
	f.StringVar(&opts.Boxes, "boxes", string(platform.BoxCorners), "what boxes are: xyxy (corners), xywh (left, top, size) or cxcywh (centre, size)")
	f.IntVar(&opts.Parallel, "parallel", 4, "send this many at the same time, 1 to 16")
	_ = cmd.RegisterFlagCompletionFunc("boxes", cobra.FixedCompletions(boxForms(), cobra.ShellCompDirectiveNoFileComp))
	return box.Returns(cmd, Item{})
}

func boxForms() []string {
	return []string{string(platform.BoxCorners), string(platform.BoxSize), string(platform.BoxCentre)}
}

func uploadRun(ctx context.Context, o *UploadOptions) error {
	jobs, err := o.plan(ctx)
	if err != nil {
		return err
	}
	b := &batch{options: o, jobs: jobs, tally: toolbox.Tally{What: "items", Planned: len(jobs)}}
	if b.ready() > 0 {
		if err := b.prepare(); err != nil {
			return err
		}
	}
	began := time.Now()
	if err := b.run(ctx); err != nil {
		return err
	}
	o.Console.Step("%d items in %s", len(jobs), time.Since(began).Round(time.Millisecond))
	return nil
}
