package detection

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// job is one item on its way: what is to be sent, or why nothing is.
type job struct {
	Item
	body platform.DetectionCreate
	// device is what stands in the file where the number of a machine belongs, or "".
	device string
	err    error
}

// plan reads and checks every file before anything is sent.
func (o *UploadOptions) plan(ctx context.Context) ([]*job, error) {
	jobs, err := o.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.onePicture(jobs); err != nil {
		return nil, err
	}
	known := map[[sha256.Size]byte]*job{}
	for _, j := range jobs {
		if j.err != nil || j.Outcome == skipped {
			continue
		}
		if j.err = o.complete(j); j.err != nil {
			j.Outcome = refused
			continue
		}
		raw, err := json.Marshal(j.body)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(raw)
		if first, again := known[sum]; again {
			j.Outcome, j.Reason = skipped, "the same as "+first.name()
			continue
		}
		known[sum] = j
	}
	return jobs, nil
}

// read makes a job of every item. A file that cannot be read is a job that failed; only too many items end the run.
func (o *UploadOptions) read(ctx context.Context) (jobs []*job, err error) {
	var seen []os.FileInfo
	bytes := 0
	for i, name := range o.Files {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if slices.Contains(o.Files[:i], name) || again(name, &seen) {
			jobs = append(jobs, &job{Item: Item{File: name, Outcome: skipped, Reason: "the same file as before"}})
			continue
		}
		read, size := o.readFile(name)
		jobs, bytes = append(jobs, read...), bytes+size
		switch {
		case len(jobs) > platform.MaxDetectionItems:
			return nil, toolbox.Usage(fmt.Sprintf("there are more than %d items", platform.MaxDetectionItems), "upload fewer files at a time")
		case bytes > maxBytes:
			return nil, toolbox.Usage(fmt.Sprintf("the files are larger than %d MiB in all", maxBytes>>20), "upload fewer files at a time")
		}
	}
	return jobs, nil
}

// again says whether a name leads to a file that another name led to.
func again(name string, seen *[]os.FileInfo) bool {
	info, err := os.Stat(name)
	if err != nil {
		return false
	}
	if slices.ContainsFunc(*seen, func(other os.FileInfo) bool { return os.SameFile(info, other) }) {
		return true
	}
	*seen = append(*seen, info)
	return false
}

// maxBytes bounds all files of one run together: every item is checked before the first is sent, and so is held in memory.
const maxBytes = 64 << 20

func (o *UploadOptions) readFile(name string) (jobs []*job, size int) {
	raw, err := toolbox.ReadDocument(o.Console, name, platform.MaxDetectionDocument)
	var items []platform.DetectionItem
	if err == nil {
		items, err = platform.ParseDetections(raw, platform.BoxForm(o.Boxes), time.Local)
	}
	if err == nil && len(items) == 0 {
		err = &platform.DetectionDocumentError{Reason: "there is nothing in it"}
	}
	if err != nil {
		return []*job{{Item: Item{File: name, Outcome: refused}, err: named(name, err)}}, len(raw)
	}
	for _, item := range items {
		jobs = append(jobs, newJob(name, item))
	}
	return jobs, len(raw)
}

func newJob(name string, item platform.DetectionItem) *job {
	d := item.Draft
	j := &job{Item: Item{File: name, Number: item.Line, ID: d.StoredID, RVMID: d.RVMID, ImagePath: d.ImagePath, Detections: len(d.Detections)},
		body: d.DetectionCreate, device: d.RVMName}
	switch {
	case item.Err != nil:
		j.Outcome, j.err = refused, named(name, item.Err)
	case d.StoredID > 0:
		j.Outcome, j.Reason = skipped, fmt.Sprintf("the platform has it already, as detection result %d", d.StoredID)
	case d.Failure != "":
		j.Outcome, j.Reason = skipped, "the picture could not be looked at: "+d.Failure
	case len(d.Detections) == 0:
		j.Outcome, j.Reason = skipped, "nothing was seen"
	}
	return j
}

// named puts the file before an error that names only a field. Errors about a file name it themselves.
func named(file string, err error) error {
	var whole *toolbox.DocumentError
	if errors.As(err, &whole) {
		return err
	}
	if file == "-" {
		file = "standard input"
	}
	return fmt.Errorf("%s: %w", file, err)
}

// onePicture keeps --image-path from giving one picture to several results.
func (o *UploadOptions) onePicture(jobs []*job) error {
	without, ready := 0, 0
	for _, j := range jobs {
		if j.Outcome == "" {
			ready++
		}
		if j.Outcome == "" && j.ImagePath == "" {
			without++
		}
	}
	if o.Capture != "" && ready > 1 {
		return toolbox.Usage(fmt.Sprintf("--capture is for a single item, and there are %d", ready), "upload them one by one")
	}
	if o.ImagePath != "" && without > 1 {
		return toolbox.Usage(fmt.Sprintf("--image-path is for a single item, and %d name no picture", without),
			"give each its image_path in the file")
	}
	return nil
}

// complete fills in what the item does not say and judges it by the platform's limits.
func (o *UploadOptions) complete(j *job) error {
	if err := o.machine(j); err != nil {
		return err
	}
	if j.body.ImagePath == "" {
		j.body.ImagePath = o.ImagePath
	}
	asked := j.body
	if asked.ImagePath == "" && o.Capture != "" {
		// The picture of the same capture gives it once it is stored; until then nothing can be wrong with it.
		asked.ImagePath = "pending"
	}
	if asked.ImagePath == "" {
		return toolbox.Usage(j.name()+" names no picture", "upload the picture first, and say its path: --image-path PATH")
	}
	j.RVMID, j.ImagePath = j.body.RVMID, j.body.ImagePath
	if err := asked.Validate(); err != nil {
		return named(j.name(), err)
	}
	return nil
}

// machine settles whose result it is. What the file says and what was typed must agree: a result under the wrong machine cannot
// be taken back. The device names of old edge software are no numbers, and only --rvm says who they are.
func (o *UploadOptions) machine(j *job) error {
	if j.body.RVMID != 0 && !o.RVMGiven {
		return nil
	}
	if j.device != "" && !o.RVMGiven {
		return toolbox.Usage(fmt.Sprintf("%s: rvm_id %q is no number of a machine", j.name(), j.device), "say which machine it is: --rvm N")
	}
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	if j.body.RVMID != 0 && j.body.RVMID != rvm {
		return toolbox.Usage(fmt.Sprintf("%s is of rvm %d, and --rvm says %d", j.name(), j.body.RVMID, rvm), "leave --rvm out, or correct it")
	}
	j.body.RVMID = rvm
	return nil
}
