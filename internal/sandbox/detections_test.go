package sandbox

import (
	"encoding/json"
	"testing"
)

func TestDetectionsAreEncodedTwice(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	p.call(token, "POST", "/api/v2/detection-results", `{"rvm_id":1,"image_path":"detection-images/a.jpg",
		"processing_time":0.1234,"model_version":"m1","session_token":"gone","timestamp":"2026-03-04T09:00:00+01:00",
		"detections":[{"class":"bottle/é","confidence":0.91,"bbox":[1,2.5,30,40],"class_id":3,"center":[1,2]}]}`).
		want(t, 201, "message", "Detection result stored successfully", "data.status", "completed",
			"data.processing_time", "0.123", "data.reverse_vending_machine.name", "RVM-001", "data.session_token", nil,
			"data.timestamp", "2026-03-04T08:00:00.000000Z")
	a := p.call(token, "GET", "/api/v2/detection-results/1", "")
	text, isText := a.get("data.detections").(string)
	if !isText {
		t.Fatalf("detections is %T, want a string", a.get("data.detections"))
	}
	if want := `[{"class":"bottle\/\u00e9","confidence":0.91,"bbox":[1,2.5,30,40]}]`; text != want {
		t.Errorf("detections = %s, want %s", text, want)
	}
	if !json.Valid([]byte(text)) {
		t.Error("the string holds no JSON")
	}
}

func TestDetectionsAreFoundAgain(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	for _, machine := range []string{"1", "2", "2"} {
		p.call(token, "POST", "/api/v2/detection-results", `{"rvm_id":`+machine+
			`,"image_path":"a","detections":[{"class":"can","confidence":1,"bbox":[1,2,3,4]}]}`).want(t, 201)
	}
	const base = "/api/v2/detection-results"
	p.call(token, "GET", base+"?rvm_id=2&per_page=1", "").
		want(t, 200, "data.total", 2, "data.last_page", 2, "data.data.0.id", 3)
	p.call(token, "GET", base+"?date_from=2030-01-01", "").want(t, 200, "data.total", 0, "data.from", nil)
	p.call(token, "GET", base+"?date_to=banana", "").want(t, 500, "success", false)
	p.call(token, "GET", base+"?rvm_id=abc", "").want(t, 500, "success", false)
	p.call(token, "GET", base+"/99", "").want(t, 404, "success", false)
	p.call(token, "GET", base+"/processing-history?limit=2", "").want(t, 200, "data.1.id", 2, "data.2", nil)
	p.call(token, "GET", base+"/rvm/2/status", "").want(t, 200, "data.detection_stats.total_detections", 2)
}

func TestMachineStatusCallsActiveOnline(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	p.call(token, "GET", "/api/v2/rvm-status/1", "").want(t, 200, "data.status.is_online", true,
		"data.latest_detection", nil, "data.rvm.processing_engines", "[]", "data.detection_stats.avg_processing_time", nil)
	p.call(token, "GET", "/api/v2/rvm-status/3", "").want(t, 200, "data.status.is_online", false)
	p.call(token, "GET", "/api/v2/rvm-status/999", "").want(t, 500,
		"error", `No query results for model [App\Models\ReverseVendingMachine] 999`)
}

func TestNumbersBeyondReasonAreRefusedNotSuffered(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	for _, seconds := range []string{"1e400", `"1e999999999"`, "1e12"} {
		p.call(token, "POST", "/api/v2/detection-results", `{"rvm_id":1,"image_path":"a","processing_time":`+seconds+
			`,"detections":[{"class":"can","confidence":1,"bbox":[1,2,3,4]}]}`).want(t, 500)
	}
	p.call(token, "POST", "/api/v2/detection-results", `{"rvm_id":1,"image_path":"a","processing_time":"1e-999999999",
		"detections":[{"class":"can","confidence":1,"bbox":[1,2,3,4]}]}`).want(t, 201, "data.processing_time", "0.000")
	p.call(token, "POST", "/api/v2/deposits", `{"rvm_id":1,"waste_type":"metal","weight":"1e999999999","quantity":1}`).
		want(t, 500)
}
