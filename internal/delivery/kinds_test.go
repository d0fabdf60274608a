package delivery

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// photo writes a picture and describes it.
func photo(t *testing.T, capture string) Picture {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 32, 32)), nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "look.jpg")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	return Picture{RVMID: 1, Name: "look.jpg", SHA256: hex.EncodeToString(sum[:]), Size: int64(b.Len()), Capture: capture, File: path}
}

func seen() platform.DetectionCreate {
	return platform.DetectionCreate{RVMID: 1, Detections: []platform.Detection{{Class: "bottle", Confidence: 0.9, BBox: [4]float64{1, 2, 3, 4}}}}
}

// A deposit takes what belongs before it along, in its order, and the detection the path of its picture.
func TestACaptureGoesInOrder(t *testing.T) {
	w := newWorld(t)
	money := w.add(DepositEntry("p", w.url, platform.DepositCreate{RVMID: 1, WasteType: "glass", Weight: platform.NewDecimal(1, 0), Quantity: 1, SessionToken: "a"}, "look-1"))
	found := w.add(DetectionEntry("p", w.url, seen(), "look-1"))
	picture := w.add(PictureEntry("p", w.url, photo(t, "look-1")))
	if _, err := w.courier(nil).Send(t.Context(), money); err != nil {
		t.Fatal(err)
	}
	w.is(money, outbox.Done)
	stored, _ := UploadedPicture(w.is(picture, outbox.Done))
	result, _ := StoredDetection(w.is(found, outbox.Done))
	if stored.Path == "" || result.ImagePath != stored.Path {
		t.Fatalf("%+v %+v", stored, result)
	}
}

func TestMoneyDoesNotWaitForItsPicture(t *testing.T) {
	w := newWorld(t)
	money := w.add(DepositEntry("p", w.url, platform.DepositCreate{RVMID: 1, WasteType: "glass", Weight: platform.NewDecimal(1, 0), Quantity: 1, SessionToken: "a"}, "look-1"))
	found := w.add(DetectionEntry("p", w.url, seen(), "look-1"))
	picture := w.add(PictureEntry("p", w.url, photo(t, "look-1")))
	w.fail("uploads=500")
	if _, err := w.courier(nil).Send(t.Context(), money); err != nil {
		t.Fatal(err)
	}
	w.is(money, outbox.Done)
	w.is(picture, outbox.Pending)
	w.is(found, outbox.Pending)
	w.fail()
	w.flush(w.courier(nil))
	w.flush(w.courier(nil))
	w.is(picture, outbox.Done)
	w.is(found, outbox.Done)
}

// A detection whose answer was lost is looked for before it is sent again.
func TestADetectionIsStoredOnce(t *testing.T) {
	w := newWorld(t)
	d := seen()
	d.ImagePath = "detection-images/of-its-own.jpg"
	before := len(w.ledger().Detections)
	key := w.add(DetectionEntry("p", w.url, d, ""))
	w.fail("POST:/api/v2/detection-results=drop-responsex1")
	_, _ = w.courier(nil).Send(t.Context(), key)
	w.is(key, outbox.Pending)
	w.flush(w.courier(nil))
	w.is(key, outbox.Done)
	if n := len(w.ledger().Detections) - before; n != 1 || w.count("POST /api/v2/detection-results") != 1 {
		t.Fatalf("%d rows", n)
	}
}

func TestStatusAndMetrics(t *testing.T) {
	w := newWorld(t)
	status := w.add(StatusEntry("p", w.url, 1, "maintenance"))
	usage := 12.5
	metrics := w.add(MetricsEntry("p", w.url, 1, platform.MetricsReport{System: &platform.SystemMetrics{CPUUsage: &usage}}))
	w.flush(w.courier(nil))
	if s, ok := StoredStatus(w.is(status, outbox.Done)); !ok || s.Endpoint == "" {
		t.Fatalf("%+v", s)
	}
	w.is(metrics, outbox.Done)
	missing := w.add(StatusEntry("p", w.url, 999_999, "maintenance"))
	w.flush(w.courier(nil))
	w.is(missing, outbox.Dead)
}

// An entry at which the platform fails again and again dies after eight equal answers; money does not.
func TestEqualFailuresKillWhatIsNoMoney(t *testing.T) {
	w := newWorld(t)
	status, money := w.add(MetricsEntry("p", w.url, 1, platform.MetricsReport{System: &platform.SystemMetrics{}})), w.deposit("a", 500)
	w.fail("metrics=500", "POST:/api/v2/deposits=503")
	for range mostEqual {
		w.is(status, outbox.Pending)
		_, _ = w.courier(nil).Send(t.Context(), status)
		_ = w.courier(nil).hurry(t.Context())
		_, _ = w.courier(nil).Send(t.Context(), money)
		_ = w.courier(nil).hurry(t.Context())
	}
	w.is(status, outbox.Dead)
	w.is(money, outbox.Pending)
}

// A file that changed after it was put in is not sent in its place.
func TestAChangedFileIsNotSent(t *testing.T) {
	w := newWorld(t)
	p := photo(t, "")
	key := w.add(PictureEntry("p", w.url, p))
	raw, err := os.ReadFile(p.File)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-5]++
	if err := os.WriteFile(p.File, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _ = w.courier(nil).Send(t.Context(), key)
	w.is(key, outbox.Dead)
	if n := w.count("POST /api/v2/upload"); n != 0 {
		t.Fatalf("%d uploads", n)
	}
}
