package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// goldenTrip lists what the client does not keep of the real platform's answers, each with its reason.
const goldenTrip = "testdata/roundtrip.txt"

// TestTheClientLosesNothing sends every recorded answer through the call that it belongs to, encodes what the call returned by the
// names of the models again, and compares the two. What a model has must come back with the same value; what it has not must be in
// the list, and nothing else may be there.
func TestTheClientLosesNothing(t *testing.T) {
	t.Parallel()
	records, routes := mustRecords(t), typedRoutes(t)
	successes, refusals := newTrip(), newTrip()
	var typed, raw, refused, without int
	for _, r := range records {
		heard := r.through(t, routes, replay{r.Response.Status, r.Response.Headers, r.Response.Body})
		var no *Error
		switch {
		case heard.err == nil && heard.typed:
			typed++
			successes.whole(t, r, heard.model)
		case heard.err == nil:
			raw++
			if body, _ := heard.model.(json.RawMessage); !bytes.Equal(body, []byte(r.Response.Body)) {
				t.Errorf("%s: a raw call changed the answer", r.Name)
			}
		case errors.As(heard.err, &no) && isObject(r.Response.Body):
			refused++
			refusals.refusal(t, r, no)
		default:
			// A redirect, a page, or no body at all: there is nothing to keep but what TestEveryRecordedAnswer judges.
			without++
		}
	}
	for _, wrong := range append(successes.wrong, refusals.wrong...) {
		t.Error(wrong)
	}
	compareTrip(t, append(successes.lines(), refusals.lines()...))
	t.Logf("%d answers: %d successes through typed calls, %d through raw ones byte for byte, %d refusals, %d without JSON",
		len(records), typed, raw, refused, without)
	t.Logf("%d fields of successes are modelled, %d values came back the same; %d of refusals, %d values",
		len(successes.fields), successes.values, len(refusals.fields), refusals.values)
	t.Logf("%d keys are not read and %d more that were always null; %d nulls are kept as empty, %d fields added, %d kinds of text redacted",
		count(successes, refusals, unread), count(successes, refusals, empty), count(successes, refusals, nulled),
		count(successes, refusals, added), count(successes, refusals, hidden))
}

func count(a, b *trip, kind string) (n int) {
	for _, line := range append(a.lines(), b.lines()...) {
		if strings.HasPrefix(line, kind+" ") {
			n++
		}
	}
	return n
}

func isObject(body string) bool {
	v, err := parseJSON([]byte(body))
	_, ok := v.(map[string]any)
	return err == nil && ok
}

// whole compares a body with its model.
func (t *trip) whole(test *testing.T, r record, model any) {
	test.Helper()
	v, err := parseJSON([]byte(r.Response.Body))
	if err != nil {
		test.Errorf("%s: %v", r.Name, err)
		return
	}
	t.answer = r.Name
	t.value("answer", v, reflect.ValueOf(model))
}

// errorBody is what an Error keeps of a body.
type errorBody struct {
	Success bool                `json:"success"`
	Message string              `json:"message"`
	Detail  string              `json:"error"`
	Fields  map[string][]string `json:"errors"`
	Debug   errorDebug          `json:"debug"`
}

type errorDebug struct {
	CurrentStatus string `json:"current_status"`
}

// refusal compares the texts of an error with those that the redactor makes of the original.
func (t *trip) refusal(test *testing.T, r record, no *Error) {
	test.Helper()
	kept := errorBody{Message: no.Message, Detail: no.Detail, Fields: no.Fields}
	kept.Debug = errorDebug{no.CurrentStatus}
	t.answer = r.Name
	v, err := parseJSON([]byte(r.Response.Body))
	if err != nil {
		test.Fatalf("%s: %v", r.Name, err)
	}
	object := v.(map[string]any)
	clean := newRedactor(canary)
	for key, text := range map[string]string{"message": no.Message, "error": no.Detail} {
		if original, ok := object[key].(string); ok && original != text {
			if clean.field(original) == text {
				t.note(hidden, "Error."+key)
			}
			object[key] = clean.field(original)
		}
	}
	t.value("Error", object, reflect.ValueOf(kept))
	if r.Response.Status != no.Status {
		test.Errorf("%s: got status %d, want %d", r.Name, no.Status, r.Response.Status)
	}
}

// compareTrip wants the golden list to have exactly these lines, each followed by a reason.
func compareTrip(t *testing.T, got []string) {
	t.Helper()
	raw, err := os.ReadFile(goldenTrip)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.Lines(string(raw)) {
		what, reason, explained := strings.Cut(strings.TrimSpace(line), ": ")
		if strings.HasPrefix(line, "#") || what == "" {
			continue
		}
		if !explained || len(reason) < 10 {
			t.Errorf("%s: %q has no reason", goldenTrip, what)
		}
		want = append(want, what)
	}
	slices.Sort(got)
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s is not in %s: model it, or say why not", line, goldenTrip)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s is in %s and was not seen", line, goldenTrip)
		}
	}
}
