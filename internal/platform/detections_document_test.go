package platform

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

const oneSeen = `{"class":"can","confidence":0.9,"bbox":[1,2,30,40]}`

func one(t *testing.T, form BoxForm, text string) DetectionItem {
	t.Helper()
	items, err := ParseDetections([]byte(text), form, time.FixedZone("WIB", 7*3600))
	if err != nil || len(items) != 1 {
		t.Fatalf("%s: %d items, %v", text, len(items), err)
	}
	return items[0]
}

func TestParseDetectionsReadsWhatRvmctlWrites(t *testing.T) {
	t.Parallel()
	item := one(t, BoxCorners, `{"schema_version":1,"file":"bottle.jpg","width":64,"height":64,"detections":[{"label":"bottle","label_id":0,`+
		`"confidence":0.875,"box":[8,8,56,56]}],"model":{"name":"eye","sha256":"0123456789abcdef0123","input_width":64},`+
		`"timing_ms":{"pre":1,"run":12.5,"post":1},"upload":{"path":"detection-images/x.jpg","size_bytes":3},"detection_result":{"id":7}}`)
	d := item.Draft
	want := Detection{Class: "bottle", Confidence: 0.875, BBox: [4]float64{8, 8, 56, 56}}
	if item.Err != nil || len(d.Detections) != 1 || d.Detections[0] != want || d.ImagePath != "detection-images/x.jpg" || d.StoredID != 7 ||
		d.ModelVersion != "eye@0123456789ab" || d.ProcessingTime != 12500*time.Microsecond || item.Line != 0 {
		t.Errorf("got %+v", item)
	}
	failed := one(t, BoxCorners, `{"file":"x","detections":[],"error":{"category":"failure","message":"not\na picture"}}`)
	if failed.Err != nil || failed.Draft.Failure != "not a picture" {
		t.Errorf("got %+v", failed)
	}
	if empty := one(t, BoxCorners, `{"detections":[]}`); empty.Err != nil || len(empty.Draft.Detections) != 0 {
		t.Errorf("got %+v", empty)
	}
}

func TestParseDetectionsReadsWhatThePlatformReads(t *testing.T) {
	t.Parallel()
	body := DetectionCreate{RVMID: 3, ImagePath: "detection-images/x.jpg", Timestamp: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		ProcessingTime: 250 * time.Millisecond, ModelVersion: "v1",
		Detections: []Detection{{Class: "can", Confidence: 0.5, BBox: [4]float64{1, 2, 3, 4}, SegmentationMask: "iVBORw0KGgo="}}}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	got := one(t, BoxCorners, string(raw)).Draft.DetectionCreate
	again, _ := json.Marshal(got)
	if string(again) != string(raw) {
		t.Errorf("got %s, want %s", again, raw)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	twice := one(t, BoxCorners, `{"rvm_id":"3","image_path":"p","detections":"[`+strings.ReplaceAll(oneSeen, `"`, `\"`)+`]"}`)
	if twice.Draft.RVMID != 3 || len(twice.Draft.Detections) != 1 {
		t.Errorf("detections in a string: got %+v", twice)
	}
}

func TestParseDetectionsReadsWhatTheEdgeSoftwareWrote(t *testing.T) {
	t.Parallel()
	item := one(t, BoxCorners, `{"rvm_id":"jetson_orin_nano_001","timestamp":"2026-01-02T10:04:05.5","image_path":"/home/edge/a.jpg","detections":[
		{"class_id":39,"class_name":"bottle","confidence":0.91,"bbox":[1.5,2,30,40],"center":[15,20,28,38],"id":0,"mask_base64":"iVBO"}],
		"segments":[{"mask_base64":"zzz"}]}`)
	d := item.Draft
	if item.Err != nil || d.RVMID != 0 || d.RVMName != "jetson_orin_nano_001" || d.Detections[0].Class != "bottle" ||
		d.Detections[0].SegmentationMask != "iVBO" || !d.Timestamp.Equal(time.Date(2026, 1, 2, 3, 4, 5, 5e8, time.UTC)) {
		t.Errorf("got %+v", item)
	}
	if at := one(t, BoxCorners, `{"timestamp":1767323045.25,"detections":[`+oneSeen+`]}`).Draft.Timestamp; at.Format(time.RFC3339Nano) != "2026-01-02T03:04:05.25Z" {
		t.Errorf("got %s", at)
	}
}

func TestOneThingSeen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		form       BoxForm
		text, want string
	}{
		{BoxCorners, oneSeen, "can 0.9 [1 2 30 40]"},
		{BoxCorners, `{"class":39,"name":"bottle","score":"0.5","xyxy":[[1,2,3,4]]}`, "bottle 0.5 [1 2 3 4]"},
		{BoxCorners, `{"label":"cup","conf":1,"box":{"x1":1,"y1":2,"x2":3,"y2":4}}`, "cup 1 [1 2 3 4]"},
		{BoxSize, `{"label":"cup","conf":1,"bbox":[10,20,4,6]}`, "cup 1 [10 20 14 26]"},
		{BoxCentre, `{"label":"cup","conf":1,"bbox":[10,20,4,6]}`, "cup 1 [8 17 12 23]"},
		{BoxCentre, `{"label":"cup","conf":1,"xywh":[10,20,4,6]}`, "cup 1 [8 17 12 23]"},
		{BoxCentre, `{"label":"cup","conf":1,"xyxy":[8,17,12,23]}`, "cup 1 [8 17 12 23]"},
		{BoxCorners, `{"label":"cup","conf":1,"xywh":[10,20,4,6]}`, "detections.0.xywh: what it is measured from is not said"},
		{BoxCorners, `{"class":39,"confidence":1,"bbox":[1,2,3,4]}`, "detections.0.class: only a number"},
		{BoxCorners, `{"confidence":1,"bbox":[1,2,3,4]}`, "detections.0.class: missing"},
		{BoxCorners, `{"class":"can","bbox":[1,2,3,4]}`, "detections.0.confidence: missing"},
		{BoxCorners, `{"class":"can","confidence":"high","bbox":[1,2,3,4]}`, "detections.0.confidence: missing, or no number"},
		{BoxCorners, `{"class":"can","confidence":1}`, "detections.0.bbox: missing"},
		{BoxCorners, `{"class":"can","confidence":1,"bbox":[1,2,3]}`, "detections.0.bbox: not 4 numbers"},
		{BoxCorners, `{"class":"can","confidence":1,"bbox":[1,2,3,null]}`, "detections.0.bbox: not 4 numbers"},
		{BoxCorners, `{"class":"can","confidence":1,"box":{"x":1,"y":2}}`, "detections.0.box: not 4 numbers"},
		{BoxCorners, `"can"`, "detections.0: a string where a detection belongs"},
	} {
		item := one(t, tt.form, `{"detections":[`+tt.text+`]}`)
		got := ""
		if item.Err != nil {
			got = item.Err.Error()
		} else {
			d := item.Draft.Detections[0]
			box, _ := json.Marshal(d.BBox)
			score, _ := json.Marshal(d.Confidence)
			got = d.Class + " " + string(score) + " " + strings.ReplaceAll(string(box), ",", " ")
		}
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s %s: got %s, want %s", tt.form, tt.text, got, tt.want)
		}
	}
}

func TestDocumentsOfSeveralItems(t *testing.T) {
	t.Parallel()
	good := `{"detections":[` + oneSeen + `]}`
	for _, tt := range []struct {
		name, text, want string
	}{
		{"a list", "[" + good + ",7]", "1 ok, 2 item 2: a number where a detection result belongs"},
		{"lines, with blank ones", "\n" + good + "\n\n" + good + "\n", "2 ok, 4 ok"},
		{"a line that was cut", good + "\n" + good[:20], "1 ok, 2 item 2: not valid JSON"},
		{"a line of something else", good + "\nnull\n" + good, "1 ok, 2 item 2: null where a detection result belongs, 3 ok"},
		{"no detections", `{"detections":null}`, "0 detections: missing, or no list"},
		{"a bad machine", `{"rvm_id":[1],"detections":[]}`, "0 rvm_id: a list where the number of a machine belongs"},
		{"a bad time", `{"timestamp":"soon","detections":[]}`, `0 timestamp: "soon" is not a date and time`},
		{"an impossible time", `{"timestamp":1e30,"detections":[]}`, "0 timestamp: no moment"},
		{"an impossible duration", `{"processing_time":-1,"detections":[]}`, "0 processing_time: no number of seconds"},
		{"nothing", "", "!not valid JSON"},
		{"blanks", " \n ", "!not valid JSON"},
		{"a letter", "dear platform,\n" + good, "!not valid JSON"},
		{"a deep hole", strings.Repeat("[", 100) + strings.Repeat("]", 100), "!"},
		{"too many lines", strings.Repeat("{}\n", MaxDetectionItems+1), "!more than 10000 items"},
		{"too long a list", "[" + strings.Repeat("0,", MaxDetectionItems) + "0]", "!more than 10000 items"},
		{"too many bytes", strings.Repeat(" ", MaxDetectionDocument+1), "!larger than 16 MiB"},
	} {
		items, err := ParseDetections([]byte(tt.text), BoxCorners, time.UTC)
		var words []string
		for _, item := range items {
			word := "ok"
			if item.Err != nil {
				word = item.Err.Error()
			}
			words = append(words, string(rune('0'+item.Line))+" "+word)
		}
		got := strings.Join(words, ", ")
		var document *DetectionDocumentError
		if err != nil {
			if got = "!" + err.Error(); !errors.As(err, &document) {
				t.Errorf("%s: %T", tt.name, err)
			}
		}
		if !strings.HasPrefix(got, tt.want) || tt.want != "!" && len(got) > len(tt.want)+60 {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func FuzzParseDetections(f *testing.F) {
	for _, seed := range []string{`{"detections":[` + oneSeen + `]}`, `{"detections":"[]","rvm_id":"x","timestamp":1e9,"processing_time":"1.5"}`, "{}\n{}",
		`[{"error":{"message":3}}]`, `{"detections":{"0":{"name":"a","conf":1,"xywh":[1,2,3,4]}},"model":{"name":"m"},"timing_ms":{"run":-1}}`, "\x00"} {
		f.Add([]byte(seed), "xyxy")
		f.Add([]byte(seed), "cxcywh")
	}
	f.Fuzz(func(t *testing.T, raw []byte, form string) {
		items, err := ParseDetections(raw, BoxForm(form), time.UTC)
		if err != nil && items != nil || len(items) > MaxDetectionItems {
			t.Fatalf("%d items and %v", len(items), err)
		}
		for _, item := range items {
			d := item.Draft.DetectionCreate
			d.RVMID, d.ImagePath = 1, "p"
			if item.Err == nil && d.Validate() == nil {
				if _, err := json.Marshal(d); err != nil {
					t.Errorf("%+v passed and cannot be sent: %v", d, err)
				}
			}
		}
	})
}
