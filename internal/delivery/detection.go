package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// lookBack is how many of a machine's results are looked through before one is sent again.
const lookBack = 100

// sendDetection stores what was seen in a picture. A second row would be harm without money: before a repeat it looks among the
// newest results of the machine, and only a failure of that look keeps it from sending.
func (c *Courier) sendDetection(ctx context.Context, client *platform.Client, e outbox.Entry) (receipt, error) {
	raw, err := payload[detection](e)
	if err != nil {
		return receipt{}, err
	}
	d := platform.DetectionCreate(raw)
	if d.ImagePath == "" {
		if d.ImagePath, err = c.pathOf(ctx, e); err != nil {
			return receipt{}, err
		}
	}
	if e.Attempts > 1 {
		if found, ok, err := stored(ctx, client, d); err != nil || ok {
			return receipt{strconv.FormatInt(found.ID, 10), found}, err
		}
	}
	result, err := client.Detections.Create(ctx, d)
	return receipt{strconv.FormatInt(result.ID, 10), result}, err
}

// errNoPicture is why a detection cannot be stored: the platform wants the path of a picture that it holds.
var errNoPicture = errors.New("the picture of its capture was never stored")

// pathOf is the path of the picture of a detection's capture.
func (c *Courier) pathOf(ctx context.Context, e outbox.Entry) (string, error) {
	pictures, err := c.Store.List(ctx, outbox.Query{Class: outbox.Picture, Capture: e.Capture})
	if err != nil {
		return "", err
	}
	for _, p := range slices.Backward(pictures) {
		if stored, ok := UploadedPicture(p); ok && p.RVM == e.RVM {
			return stored.Path, nil
		}
	}
	return "", &platform.SourceError{Name: "image_path", Err: errNoPicture}
}

// stored looks whether the platform holds a result already.
func stored(ctx context.Context, client *platform.Client, d platform.DetectionCreate) (platform.DetectionResult, bool, error) {
	page, err := client.Detections.List(ctx, platform.DetectionQuery{RVMID: d.RVMID, PerPage: lookBack})
	if err != nil {
		return platform.DetectionResult{}, false, err
	}
	for _, r := range page.Items {
		if r.RVMID == d.RVMID && r.ImagePath == d.ImagePath && sameSeen(r.Detections, d.Detections) {
			return r, true, nil
		}
	}
	return platform.DetectionResult{}, false, nil
}

func sameSeen(a, b []platform.Detection) bool {
	return slices.EqualFunc(a, b, func(a, b platform.Detection) bool {
		return a.Class == b.Class && a.BBox == b.BBox && a.Confidence == b.Confidence
	})
}

// encoded is a result as the outbox keeps it.
func (r receipt) encoded() []byte {
	raw, err := json.Marshal(r.result)
	if err != nil || len(raw) > maxResult {
		return nil
	}
	return raw
}

// maxResult bounds what is kept of an answer.
const maxResult = 256 << 10
