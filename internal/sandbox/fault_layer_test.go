package sandbox

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// fail makes things go wrong.
func (p *platform) fail(texts ...string) {
	p.t.Helper()
	faults, err := ParseFaults(texts)
	if err != nil {
		p.t.Fatal(err)
	}
	p.SetFaults(faults...)
}

const aBottle = `{"rvm_id":1,"waste_type":"plastic","weight":0.5,"quantity":3}`

// bottle sends a deposit and gives the answer, or how the connection ended.
func (p *platform) bottle(token string) (status int, header http.Header, body string, err error) {
	req, _ := http.NewRequest("POST", p.url+"/api/v2/deposits", strings.NewReader(aBottle))
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(raw), err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault  string
		status int    // 0: no answer
		body   string // what it has in it
		stored bool
	}{
		{"deposits=503", 503, `"message": "Service Unavailable"`, false},
		{"deposits=500", 500, `"message": "Server Error"`, false},
		{"deposits=502", 502, "<!DOCTYPE html>", false},
		{"deposits=504", 504, "<!DOCTYPE html>", false},
		{"deposits=401", 401, `{"message":"Unauthenticated."}`, false},
		{"deposits=404", 404, "could not be found", false},
		{"deposits=405", 405, "not supported", false},
		{"deposits=409", 409, `{"success":false,"message":"Conflict"}`, false},
		{"deposits=413", 413, "too large", false},
		{"deposits=419", 419, "CSRF", false},
		{"deposits=422", 422, "invalid", false},
		{"deposits=429", 429, "Too Many Attempts.", false},
		{"deposits=html-200", 200, "<!DOCTYPE html>", false},
		{"deposits=redirect-login", 302, "<!DOCTYPE html>", false},
		{"deposits=drop-request", 0, "", false},
		{"deposits=drop-response", 0, "", true},
		{"deposits=500-after-commit", 500, `"message":"Failed to create deposit","error":"Pusher error`, true},
		{"deposits=double-encode", 201, `"{\"success\":true`, true},
		{"deposits=truncate", 201, `{"success":true`, true},
		{"deposits=empty", 201, "", true},
		{"deposits=204", 204, "", true},
		{"deposits=latency=1ms-2ms", 201, `"deposit_id":1`, true},
		{"uploads=503", 201, `"deposit_id":1`, true},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			p := open(t)
			token := p.user()
			p.fail(tt.fault + "x1")
			status, header, body, err := p.bottle(token)
			if status != tt.status || (err != nil) != (tt.status == 0) || !strings.Contains(body, tt.body) {
				t.Errorf("got %d %q (%v), want %d …%s…", status, body, err, tt.status, tt.body)
			}
			l, err := p.Ledger()
			if err != nil || (len(l.Deposits) == 1) != tt.stored {
				t.Errorf("got %d deposits (%v), want one: %t", len(l.Deposits), err, tt.stored)
			}
			switch tt.status {
			case 302:
				if to := header.Get("Location"); to != p.url+"/login" {
					t.Errorf("sent to %s", to)
				}
			case 429:
				if header.Get("Retry-After") != "2" || header.Get("X-RateLimit-Limit") != "100" || header.Get("X-RateLimit-Remaining") != "0" {
					t.Errorf("got headers %v", header)
				}
			}
			if status, _, _, err := p.bottle(token); status != 201 {
				t.Errorf("the next one got %d (%v), want 201", status, err)
			}
		})
	}
}

func TestHalfAnAnswerHasItsOwnLength(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	_, _, whole, _ := p.bottle(token)
	p.fail("deposits=truncate")
	_, header, half, err := p.bottle(token)
	if err != nil || len(half) != len(whole)/2 || header.Get("Content-Length") != phpString(int64(len(half))) {
		t.Errorf("got %d of %d bytes, told as %s (%v)", len(half), len(whole), header.Get("Content-Length"), err)
	}
}

func TestARefusedPictureIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	for _, fault := range []string{"uploads=503", "uploads=html-200", "uploads=latency=1ms"} {
		p.fail(fault)
		req, _ := http.NewRequest("POST", p.url+"/api/v2/upload", strings.NewReader(strings.Repeat("x", 6<<20)))
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		if got := p.do(req).status; got != map[string]int{"uploads=503": 503, "uploads=html-200": 200, "uploads=latency=1ms": 422}[fault] {
			t.Errorf("%s: got status %d", fault, got)
		}
	}
}

func TestAfterCommitNothingIsHiddenThatFailed(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.fail("deposits=500-after-commit")
	p.call(p.user(), "POST", "/api/v2/deposits", `{}`).want(t, 422, "errors.rvm_id.0", "RVM ID is required")
}

func TestALateCallIsDoneForWhoHasLeft(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	p.fail("deposits=latency=30s")
	req, _ := http.NewRequest("POST", p.url+"/api/v2/deposits", strings.NewReader(aBottle))
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	if _, err := (&http.Client{Timeout: 50 * time.Millisecond}).Do(req); err == nil { //nolint:bodyclose // there is no answer
		t.Fatal("an answer came before its time")
	}
	for range 500 {
		if l, err := p.Ledger(); err == nil && len(l.Deposits) == 1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the deposit was never stored")
}

func TestFaultsRepeatWithTheirSeed(t *testing.T) {
	t.Parallel()
	f, err := ParseFault("all=503@30%")
	if err != nil {
		t.Fatal(err)
	}
	play := func(seed uint64) (pattern string) {
		s := newFaultSet(seed, []Fault{f})
		for range 100 {
			pattern += map[bool]string{true: "x", false: "."}[s.strike("GET", "/up").fault != nil]
		}
		return pattern
	}
	first, struck := play(7), strings.Count(play(7), "x")
	if first != play(7) || first == play(8) || struck < 15 || struck > 45 {
		t.Errorf("seed 7 gave %s, then %s; seed 8 gave %s", first, play(7), play(8))
	}
}

func TestFaultsAddUp(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	p.fail("deposits=latency=1ms", "deposits=503x1", "deposits=502x1")
	for i, want := range []int{503, 502, 201} {
		if status, _, _, _ := p.bottle(token); status != want {
			t.Errorf("answer %d has status %d, want %d", i+1, status, want)
		}
	}
	states := p.Faults()
	if len(states) != 3 || states[0].Fired != 3 || states[0].Left != nil || states[1].Fired != 1 || *states[1].Left != 0 {
		t.Errorf("got %+v", states)
	}
	p.SetFaults()
	if len(p.Faults()) != 0 {
		t.Error("faults are left")
	}
}
