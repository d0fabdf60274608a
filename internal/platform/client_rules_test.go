package platform

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// everyCall is one call of every method that the recordings, the machines and remote access have.
func everyCall(t *testing.T) map[string]func(*Client) error {
	t.Helper()
	calls := map[string]func(*Client) error{
		"engines": func(c *Client) error { _, err := c.Engines.List(t.Context(), EngineQuery{}); return err },
		"engine":  func(c *Client) error { _, err := c.Engines.Create(t.Context(), validEngine()); return err },
		"history": func(c *Client) error { _, err := c.Detections.List(t.Context(), DetectionQuery{}); return err },
		"detection": func(c *Client) error {
			_, err := c.Detections.Create(t.Context(), validDetection())
			return err
		},
		"get engine":    func(c *Client) error { _, err := c.Engines.Get(t.Context(), 1); return err },
		"update engine": func(c *Client) error { _, err := c.Engines.Update(t.Context(), 1, validEngine()); return err },
		"ping engine":   func(c *Client) error { _, err := c.Engines.Ping(t.Context(), 1); return err },
		"assign engine": func(c *Client) error { _, err := c.Engines.Assign(t.Context(), 1, Assignment{RVMID: 1}); return err },
		"DELETE engine": func(c *Client) error { return c.Engines.Delete(t.Context(), 1) },
		"get detection": func(c *Client) error { _, err := c.Detections.Get(t.Context(), 1); return err },
		"processing history": func(c *Client) error {
			_, err := c.Detections.History(t.Context(), HistoryQuery{})
			return err
		},
		"trigger": func(c *Client) error {
			_, err := c.Detections.Trigger(t.Context(), ProcessingTrigger{RVMID: 1})
			return err
		},
		"upload": func(c *Client) error {
			_, err := c.Uploads.Create(t.Context(), uploadOf(jpegOf(1000)))
			return err
		},
		"push metrics":    func(c *Client) error { return c.Metrics.Push(t.Context(), 1, MetricsReport{}) },
		"latest":          func(c *Client) error { _, err := c.Metrics.Latest(t.Context(), 1); return err },
		"metrics history": func(c *Client) error { _, err := c.Metrics.History(t.Context(), 1, 0); return err },
		"summary":         func(c *Client) error { _, err := c.RVMs.Status(t.Context(), 1); return err },
		"current":         func(c *Client) error { _, err := c.RVMs.Current(t.Context(), 1); return err },
		"payment":         func(c *Client) error { _, err := c.Balance.Payment(t.Context(), 1); return err },
		"raw": func(c *Client) error {
			_, err := c.Raw.Do(t.Context(), RawCall{Method: "DELETE", Path: "/api/v2/x"})
			return err
		},
	}
	for _, r := range typedRoutes(t) {
		calls[r.pattern.String()] = func(c *Client) error {
			_, err := r.run(context.WithoutCancel(t.Context()), c, asked{id: 1})
			return err
		}
	}
	maps.Copy(calls, machineCalls(t))
	maps.Copy(calls, remoteCalls(t))
	return calls
}

// TestNoCallFollowsARedirectOrTakesAnyAnswer asks a server that sends everybody elsewhere, as the platform does with callers that
// it takes for browsers.
func TestNoCallFollowsARedirectOrTakesAnyAnswer(t *testing.T) {
	t.Parallel()
	var visits atomic.Int64
	elsewhere := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		visits.Add(1)
		says(200, `{"success":true,"data":{"id":1,"deposit_id":1}}`)(w, r)
	})
	for name, run := range everyCall(t) {
		for _, status := range []int{301, 302, 303, 307, 308} {
			server := newStage(t, answers(status, "text/html", "<html>", "Location", elsewhere.URL+"/login"))
			if err := run(newTestClient(t, server.URL)); err == nil {
				t.Errorf("%s: a redirect %d passes for done", name, status)
			}
			if server.count() != 1 {
				t.Errorf("%s: %d requests after a redirect, want 1", name, server.count())
			}
			if request, _ := server.last(t); request.Header.Get("Accept") != "application/json" {
				t.Errorf("%s: Accept is %q", name, request.Header.Get("Accept"))
			}
		}
	}
	if visits.Load() > 0 {
		t.Errorf("%d redirects were followed", visits.Load())
	}
}

// TestNoCallIsDoneWithoutItsProof answers every call with successes that prove nothing. Some calls have no payload to miss.
func TestNoCallIsDoneWithoutItsProof(t *testing.T) {
	t.Parallel()
	bare := regexp.MustCompile(`logout|DELETE|^revoke$|^push metrics$`)
	for name, run := range everyCall(t) {
		for answer, handler := range map[string]http.HandlerFunc{
			"204":               answers(204, "", ""),
			"an empty 200":      says(200, ""),
			"a page":            answers(200, "text/html", "<html>ok</html>"),
			"another language":  says(200, `"ok"`),
			"an empty object":   says(200, `{}`),
			"nothing in JSON":   says(200, `null`),
			"JSON in JSON":      says(200, `"{\"success\":true,\"message\":\"done\"}"`),
			"success of itself": says(200, `{"success":"perhaps"}`),
			"failure":           says(200, `{"success":false,"message":"done","data":{"id":1}}`),
			"a thing elsewhere": says(200, `{"success":true,"data":{"name":"x"}}`),
		} {
			// A raw call believes any JSON: it cannot know what the platform should have named.
			raw := name == "raw" && strings.Contains("another language, an empty object, nothing in JSON, JSON in JSON, a thing elsewhere", answer)
			if answer == "a thing elsewhere" && bare.MatchString(name) || raw {
				continue
			}
			if err := run(newTestClient(t, newStage(t, handler).URL)); err == nil {
				t.Errorf("%s: %s passes for done", name, answer)
			}
		}
	}
}

// TestNoChangeIsDoneByAnotherThing answers every call about one thing with another, whole one. Those that are left out are about
// nothing that was there before.
func TestNoChangeIsDoneByAnotherThing(t *testing.T) {
	t.Parallel()
	const other = `{"success":true,"data":{"id":999,"deposit_id":999,"rvm_id":999,"session_id":999,"command_id":999,"processing_request_id":999,` +
		`"name":"other","status":"other","new_status":"other","session_token":"other","path":"x","size":1,"rvm":{"id":999},` +
		`"api_key":"rvm_x","api_token":"` + machineToken + `","processing_engine":{"id":999}}}`
	free := regexp.MustCompile(`logout|DELETE|^revoke$|^push metrics$|^raw$|^check$|POST /api/v2/deposits\$`)
	for name, run := range everyCall(t) {
		if free.MatchString(name) {
			continue
		}
		if err := run(newTestClient(t, newStage(t, says(200, other)).URL)); err == nil {
			t.Errorf("%s: another thing passes for done", name)
		}
	}
}

// TestJitterIsFull makes sure that waits are spread over all of their range, so that machines that lost the platform at the same
// moment do not come back at the same moment.
func TestJitterIsFull(t *testing.T) {
	t.Parallel()
	var low, high bool
	for range 500 {
		wait := delay(DefaultRetryDelay, 1, 0)
		low, high = low || wait < DefaultRetryDelay/4, high || wait > DefaultRetryDelay*3/4
	}
	if !low || !high {
		t.Errorf("500 waits reach the lowest quarter: %t, the highest: %t, want both", low, high)
	}
}
