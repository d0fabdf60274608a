package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/mask"
)

// maskForm is how masks are written with --json. It also decides whether there are any: a model without masks has none
// in every form.
type maskForm string

// The forms; noMasks keeps masks from being made at all.
const (
	polygonMasks maskForm = "polygon"
	runMasks     maskForm = "rle"
	pngMasks     maskForm = "png"
	noMasks      maskForm = "none"
)

var maskForms = []string{string(polygonMasks), string(runMasks), string(pngMasks), string(noMasks)}

// String is the word of the flag.
func (f *maskForm) String() string { return string(*f) }

// Set takes the word of the flag, or refuses it.
func (f *maskForm) Set(word string) error {
	if !slices.Contains(maskForms, word) {
		return fmt.Errorf("want one of %s", strings.Join(maskForms, ", "))
	}
	*f = maskForm(word)
	return nil
}

// Type names the value in help texts.
func (f *maskForm) Type() string { return "FORM" }

func (o *Sight) maskFlag(cmd *cobra.Command) {
	o.Masks = polygonMasks
	cmd.Flags().Var(&o.Masks, "masks", "write masks of a segmentation model as polygon, rle or png with --json; none makes none, in drawings and uploads too")
	_ = cmd.RegisterFlagCompletionFunc("masks", cobra.FixedCompletions(maskForms, cobra.ShellCompDirectiveNoFileComp))
}

// Mask says which pixels belong to one thing.
type Mask struct {
	Form  string  `json:"format" doc:"polygon, rle or png, as --masks says"`
	Area  int     `json:"area" doc:"number of set pixels, whatever the form"`
	Score float32 `json:"score,omitempty" doc:"how good SAM2 says its mask is, a predicted IoU, 0 to 1; absent for masks of a segmentation model"`
	Value any     `json:"value" doc:"polygon: a list of parts, the largest first, each x1,y1,x2,y2,… of the pixels at which its outer border turns, without holes and without parts of fewer than three points; rle: COCO's run lengths, size [height, width] and counts as compressed text; png: base64 of an 8-bit grey PNG as large as the picture, 255 where set"`
}

// runs is COCO's object for compressed run lengths.
type runs struct {
	Size   [2]int `json:"size"`
	Counts string `json:"counts"`
}

// newMask is nil for a detection without a mask, which is none and not an empty one.
func newMask(m *vision.Mask, form maskForm) (*Mask, error) {
	if m == nil {
		return nil, nil
	}
	out := &Mask{Form: string(form), Area: m.Area(), Score: m.Score}
	switch form {
	case polygonMasks:
		// An outline without any part of three points is an empty list, not null.
		out.Value = append([]mask.Polygon{}, mask.Polygons(m)...)
	case runMasks:
		out.Value = runs{[2]int{m.Height, m.Width}, mask.Runs(m).Compressed()}
	case pngMasks:
		text, err := mask.PNG(m)
		if err != nil {
			return nil, err
		}
		out.Value = text
	default:
		return nil, nil
	}
	return out, nil
}

// detections are what is written of what was found. Nothing but JSON shows masks, so that nothing else pays for them.
func (o *Sight) detections(found []vision.Detection) ([]Detection, error) {
	out := newDetections(found)
	if !o.Console.JSON() {
		return out, nil
	}
	for i, d := range found {
		var err error
		if out[i].Mask, err = newMask(d.Mask, o.Masks); err != nil {
			return out, err
		}
	}
	return out, nil
}

// maxSentMasks bounds what the masks of one picture take of a request; the outbox and the platform take 8 MiB in all.
const maxSentMasks = 4 << 20

// sentMasks puts the masks into what is sent. Where they take more than most bytes in all, the strongest detections keep theirs: a
// detection without its mask is worth more than none.
func sentMasks(console *terminal.Console, file string, sent []platform.Detection, found []vision.Detection, most int) error {
	total := 0
	for i, d := range found {
		if d.Mask == nil {
			continue
		}
		text, err := mask.PNG(d.Mask)
		if err != nil {
			return err
		}
		if total += len(text); total > most {
			console.Warn("%s: the masks are larger than %d KiB; those of the weaker detections are not sent", file, most>>10)
			return nil
		}
		sent[i].SegmentationMask = text
	}
	return nil
}
