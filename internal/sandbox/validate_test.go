package sandbox

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestRefusalsNameFieldAndLimit(t *testing.T) {
	t.Parallel()
	p := open(t)
	admin := p.admin()
	engine := func(field, value string) string {
		fields := map[string]string{"name": `"E"`, "type": `"jetson_edge"`, "server_address": `"10.0.0.1"`, "port": "8000"}
		fields[field] = value
		body := "{"
		for name, text := range fields {
			body += fmt.Sprintf("%q:%s,", name, text)
		}
		return body[:len(body)-1] + "}"
	}
	detection := func(item string) string {
		return `{"rvm_id":1,"image_path":"a.jpg","detections":[` + item + `]}`
	}
	long := `"` + string(make256()) + `"`
	cases := []struct{ name, path, body, field, want string }{
		{"engine without a name", "processing-engines", engine("name", "null"), "name", "The name field is required."},
		{"engine name past 255", "processing-engines", engine("name", long), "name",
			"The name field must not be greater than 255 characters."},
		{"engine of another type", "processing-engines", engine("type", `"tpu"`), "type", "The selected type is invalid."},
		{"engine by host name", "processing-engines", engine("server_address", `"edge.local"`), "server_address",
			"The server address field must be a valid IP address."},
		{"engine address with a port", "processing-engines", engine("server_address", `"10.0.0.1:5000"`), "server_address",
			"The server address field must be a valid IP address."},
		{"engine port 0", "processing-engines", engine("port", "0"), "port", "The port field must be at least 1."},
		{"engine port 65536", "processing-engines", engine("port", "65536"), "port",
			"The port field must not be greater than 65535."},
		{"engine port in words", "processing-engines", engine("port", `"http"`), "port", "The port field must be an integer."},
		{"engine memory as text", "processing-engines", engine("gpu_memory_limit", `"8GB"`), "gpu_memory_limit",
			"The gpu memory limit field must be an integer."},
		{"engine flag in words", "processing-engines", engine("auto_failover", `"yes"`), "auto_failover",
			"The auto failover field must be true or false."},
		{"empty detections", "detection-results", `{"rvm_id":1,"image_path":"a","detections":[]}`, "detections",
			"The detections field is required."},
		{"detections as text", "detection-results", `{"rvm_id":1,"image_path":"a","detections":"[]"}`, "detections",
			"The detections field must be an array."},
		{"class missing", "detection-results", detection(`{"class_name":"bottle","confidence":0.9,"bbox":[1,2,3,4]}`),
			"detections.0.class", "The detections.0.class field is required."},
		{"confidence in percent", "detection-results", detection(`{"class":"bottle","confidence":90,"bbox":[1,2,3,4]}`),
			"detections.0.confidence", "The detections.0.confidence field must not be greater than 1."},
		{"box of three", "detection-results", detection(`{"class":"bottle","confidence":0.9,"bbox":[1,2,3]}`),
			"detections.0.bbox", "The detections.0.bbox field must contain 4 items."},
		{"box with a word", "detection-results", detection(`{"class":"bottle","confidence":0.9,"bbox":[1,2,3,"x"]}`),
			"detections.0.bbox.3", "The detections.0.bbox.3 field must be a number."},
		{"second detection at fault", "detection-results",
			detection(`{"class":"can","confidence":1,"bbox":[1,2,3,4]},{"class":7,"confidence":1,"bbox":[1,2,3,4]}`),
			"detections.1.class", "The detections.1.class field must be a string."},
		{"a date that is none", "detection-results", `{"timestamp":"yesterday-ish"}`, "timestamp",
			"The timestamp field must be a valid date."},
		{"a priority that is none", "trigger-processing", `{"rvm_id":1,"priority":"now"}`, "priority",
			"The selected priority is invalid."},
	}
	for _, v := range cases {
		t.Run(v.name, func(t *testing.T) {
			a := p.call(admin, "POST", "/api/v2/"+v.path, v.body)
			a.want(t, 422, "success", false, "message", "Validation failed")
			errs, _ := a.get("errors").(map[string]any)
			if got := fmt.Sprint(errs[v.field]); got != "["+v.want+"]" {
				t.Errorf("errors[%s] = %s, want [%s]", v.field, got, v.want)
			}
		})
	}
}

func make256() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

func TestErrorsAreBounded(t *testing.T) {
	t.Parallel()
	p := open(t)
	detections := make([]any, 50_000)
	body, err := json.Marshal(map[string]any{"rvm_id": 1, "image_path": "a", "detections": detections})
	if err != nil {
		t.Fatal(err)
	}
	a := p.call(p.admin(), "POST", "/api/v2/detection-results", string(body))
	a.want(t, 422)
	if errs, _ := a.get("errors").(map[string]any); len(errs) != maxErrors {
		t.Errorf("%d fields with errors, want %d", len(errs), maxErrors)
	}
}

func TestFormRequestErrorsAreCounted(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	for body, want := range map[string]string{
		`{"rvm_id":1,"waste_type":"plastic","weight":1}`: "Quantity is required",
		`{"rvm_id":1,"waste_type":"plastic"}`:            "Weight is required (and 1 more error)",
		`{}`:                                             "RVM ID is required (and 3 more errors)",
	} {
		a := p.call(token, "POST", "/api/v2/deposits", body)
		a.want(t, 422, "message", want)
		if a.get("success") != nil {
			t.Errorf("a form request's refusal has no success, got %v", a.get("success"))
		}
	}
}

func TestIntegersAsPHPReadsThem(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		value any
		want  int64
		good  bool
	}{
		{int64(3), 3, true}, {3.0, 3, true}, {"3", 3, true}, {true, 1, true}, {" 3 ", 3, true}, {"-1", -1, true},
		{3.5, 0, false}, {"03", 0, false}, {1e20, 0, false}, {"abc", 0, false}, {"", 0, false}, {nil, 0, false},
		{false, 0, false}, {"--1", 0, false}, {[]any{}, 0, false},
	} {
		if got, good := asInteger(v.value); got != v.want || good != v.good {
			t.Errorf("asInteger(%#v) = %d, %v; want %d, %v", v.value, got, good, v.want, v.good)
		}
	}
}

func TestFloatsAsPHPWritesThem(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{
		1: "1", 0.5: "0.5", 0.1234567890123456789: "0.12345678901235", 1e20: "1.0E+20", 1.5e-7: "1.5E-7", 100.0004: "100.0004",
		0.1 + 0.2: "0.3", -2.25: "-2.25",
	} {
		if got := phpFloat(value); got != want {
			t.Errorf("phpFloat(%v) = %s, want %s", value, got, want)
		}
	}
}
