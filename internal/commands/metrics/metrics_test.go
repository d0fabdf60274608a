package metrics

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/health"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// console writes to out; tty says whether a person reads it.
func console(in string, out io.Writer, tty bool) *terminal.Console {
	c := terminal.New(terminal.Options{In: strings.NewReader(in), Out: out, Err: io.Discard, OutTTY: tty})
	c.Wish(terminal.Wishes{Color: "never"})
	return c
}

// answering is a platform that always says the same, and remembers what it was sent.
func answering(t *testing.T, body string, got *string) func() (*platform.Client, error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		if got != nil {
			*got = string(raw)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return func() (*platform.Client, error) {
		return platform.New(platform.Options{URL: server.URL, Token: "1|x"})
	}
}

func one() (int64, error) { return 1, nil }

func TestWhatIsMeasuredIsSentAndWhatIsNotIsAbsent(t *testing.T) {
	t.Parallel()
	cpu, up := 12.25, uint64(1_000_000)
	var out bytes.Buffer
	var sent string
	err := pushRun(t.Context(), &PushOptions{Console: console("", &out, true), RVM: one, Version: "v1", Out: never(), Platform: answering(t, `{"success":true}`, &sent),
		Sensors: func(context.Context) health.Sensors { return health.Sensors{CPU: &cpu, Uptime: &up} }})
	if err != nil || sent != `{"system_metrics":{"cpu_usage":12.25},"application_metrics":{"software_version":"rvmctl v1"}}` {
		t.Errorf("sent %s, %v", sent, err)
	}
	if want := "stored metrics of rvm 1: cpu 12.2%\nnot sent, the platform has no place for it: uptime_seconds\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestNothingIsSentOfADocumentThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", "{}", `{"cpu_usage":101}`, `{"cpu_usage":"much"}`, `{"rvm_id":2,"cpu_usage":1}`, strings.Repeat(" ", 2<<20)} {
		// Platform is nil: reaching for it would be a panic.
		if err := pushRun(t.Context(), &PushOptions{Console: console(text, io.Discard, false), RVM: one, From: "-"}); err == nil {
			t.Errorf("%.40q was accepted", text)
		}
	}
	var missing *toolbox.DocumentError
	err := pushRun(t.Context(), &PushOptions{Console: console("", io.Discard, false), RVM: one, From: t.TempDir() + "/none.json"})
	if !errors.As(err, &missing) || !missing.Missing {
		t.Errorf("got %v", err)
	}
}

func TestMadeUpFiguresAreNeverShown(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"success":true,"data":{"system":{"cpu_usage":77.7},"simulation":true}}`,
		`{"success":true,"simulation":true,"data":{"system":{"cpu_usage":77.7}}}`,
	} {
		var out bytes.Buffer
		c := console("", &out, false)
		c.Wish(terminal.Wishes{JSON: true})
		if err := showRun(t.Context(), &ShowOptions{Console: c, RVM: one, Platform: answering(t, body, nil)}); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); strings.Contains(got, "77.7") || !strings.Contains(got, `"metrics":null,"simulated":true,"history":[]`) {
			t.Errorf("got %s", got)
		}
	}
}

func TestARealReportAmongMadeUpOnesIsShown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := showRun(t.Context(), &ShowOptions{Console: console("", &out, true), RVM: one, History: true, Limit: 10, Platform: answering(t,
		`{"success":true,"data":[{"system":{"cpu_usage":77.7},"simulation":true},{"system":{"cpu_usage":5},"timestamp":"2026-11-01T00:00:00Z"}]}`, nil)})
	if got := out.String(); err != nil || strings.Contains(got, "77.7") || !strings.Contains(got, "5.0") || !strings.Contains(got, "CPU %") {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAnEmptyAnswerIsNoData(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := showRun(t.Context(), &ShowOptions{Console: console("", &out, false), RVM: one, Platform: answering(t, `{"success":true,"data":null}`, nil)})
	if err != nil || out.Len() != 0 {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

// never is a way that keeps nothing.
func never() *toolbox.Outgoing {
	return &toolbox.Outgoing{Config: func() (*config.Config, error) {
		return &config.Config{Outbox: config.Outbox{Queue: toolbox.QueueNever}}, nil
	}}
}
