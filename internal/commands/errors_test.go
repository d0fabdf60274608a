package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/overlay"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
	"github.com/myrvm/rvmctl/internal/waste"
)

func TestExplainGivesEveryErrorItsCodeAndHint(t *testing.T) {
	t.Parallel()
	answer := func(status int, message string) error {
		return &platform.Error{Status: status, Message: message, Method: "POST", Path: "/api/v2/deposits"}
	}
	tests := []struct {
		name string
		err  error
		code int
		hint string
	}{
		{"a slip in typing", toolbox.Usage("x", "type: y"), exitUsage, "type: y"},
		{"a prompt where nobody sits", &terminal.PromptError{Flag: "--email"}, exitUsage, "--email"},
		{"an impossible flag", &config.FlagError{Flag: "conf"}, exitUsage, "rvmctl help environment"},
		{"a broken file of settings", &config.Error{Where: "f"}, exitConfig, "rvmctl help environment"},
		{"the file of the machine without the rights for it", &config.Error{Where: "f", Root: true}, exitConfig, "sudo rvmctl config set"},
		{"a profile that is not there", &config.NoProfileError{Name: "x", Known: []string{"a", "b"}}, exitConfig, "a, b"},
		{"a token that others can read", &config.TokenFileError{Fix: "chmod 600 f"}, exitConfig, "chmod 600 f"},
		{"no address", &toolbox.NoURLError{}, exitConfig, "rvmctl login --url"},
		{"a broken waste table", &waste.Error{}, exitConfig, "waste_type"},
		{"nobody signed in", &config.NoTokenError{Profile: "site-a"}, exitSignIn, "rvmctl login --profile site-a"},
		{"a token for another platform", &config.OtherPlatformError{URL: "http://b"}, exitSignIn, "--url http://b"},
		{"a token in the open", &platform.PlaintextError{}, exitConfig, "https"},
		{"beyond the platform's limits", &platform.LimitError{Field: "weight"}, exitRefused, "nothing was sent"},
		{"no connection", &platform.UnreachableError{Err: io.EOF}, exitUnreachable, "nothing was changed"},
		{"a lost answer to signing out", &platform.UnreachableError{Method: "POST", Sent: true, Err: io.EOF}, exitUnreachable, "may have been done"},
		{"a lost answer to a read", &platform.UnreachableError{Method: "GET", Sent: true, Err: io.EOF}, exitUnreachable, "nothing was changed"},
		{"a folder for tokens that cannot be made", &config.TokenFileError{Path: "d", Reason: "cannot be made: read-only file system"}, exitConfig, "RVMCTL_CONFIG_DIR"},
		{"a login page", &platform.NotPlatformError{Status: 302, Location: "/login"}, exitUnreachable, "rvmctl login"},
		{"something else than the platform", &platform.NotPlatformError{Status: 200}, exitUnreachable, "address of a MyRVM Platform"},
		{"a refused token", answer(401, "Unauthenticated."), exitSignIn, "rvmctl login"},
		{"no token where one is wanted", &platform.Error{Status: 401, Message: "Unauthenticated.", Anonymous: true}, exitSignIn, "leave --anonymous out"},
		{"a forbidden call", answer(403, "Insufficient permissions"), exitRefused, "rvmctl whoami"},
		{"a missing row", answer(404, "Deposit not found"), exitNotFound, "check the number"},
		{"a missing row as a server error", answer(500, "No query results for model [App\\Models\\Deposit] 9"), exitNotFound, "check the number"},
		{"a missing endpoint", answer(404, "The route api/v2/x could not be found."), exitNotFound, "platform build"},
		{"a refused value", answer(422, "Weight is required"), exitRefused, "correct"},
		{"too many requests", answer(429, "Too Many Attempts."), exitUnreachable, "later"},
		{"maintenance", answer(503, "Service Unavailable"), exitUnreachable, "later"},
		{"a lost answer", &platform.UncertainError{Path: "/api/v2/deposits", Err: io.EOF}, exitFailure, "rvmctl deposit list"},
		{"a refusal inside a lost answer is not a refusal",
			&platform.UncertainError{Path: "/api/v2/deposits", Err: answer(500, "Failed to create deposit")}, exitFailure, "rvmctl deposit list"},
		{"an interruption leaves a lost answer unknown",
			&platform.UncertainError{Path: "/api/v2/deposits", Err: context.Canceled}, exitFailure, "wait a minute"},
		{"a missing picture", &source.NotFoundError{Path: "f"}, exitNotFound, "path"},
		{"a camera without its number", &source.NotFoundError{Path: "camera:x"}, exitNotFound, "rvmctl camera list"},
		{"a folder without pictures", &source.NoImagesError{Dir: "d"}, exitNotFound, "folder"},
		{"a pattern without matches", &source.NoMatchError{Pattern: "*"}, exitNotFound, "pattern"},
		{"a device as a picture", &source.NotRegularError{Path: "p", Thing: "a pipe"}, exitUsage, "standard input"},
		{"a bomb", &source.ImageError{Kind: source.KindBomb}, exitFailure, "--max-megapixels"},
		{"a bomb of few pixels", &source.ImageError{Kind: source.KindUnwieldy}, exitFailure, "smaller"},
		{"a text as a picture", &source.ImageError{Kind: source.KindNotImage}, exitFailure, "JPEG or PNG"},
		{"half a picture", &source.ImageError{Kind: source.KindCorrupt}, exitFailure, "again"},
		{"a camera without OpenCV", &source.NeedsCameraBuildError{}, exitVision, "rvmctl-camera"},
		{"a video that is none", &source.VideoError{Source: "tray.mp4"}, exitVision, "ffprobe"},
		{"a stream that is none", &source.VideoError{Source: "rtsp://h"}, exitVision, "address"},
		{"no camera program", &source.CameraBinaryError{}, exitVision, "rvmctl-camera"},
		{"a camera that is not there", &source.VideoError{Source: "camera:0", Missing: true}, exitVision, "rvmctl camera list"},
		{"a size that does not fit", &onnx.ModelError{Err: &yolo.UnsupportedError{OtherSize: "320x320"}}, exitVision, "--size 320x320"},
		{"a name that is no model", &onnx.ModelError{Err: fs.ErrNotExist, Want: "rvmctl model list"}, exitVision, "rvmctl model list"},
		{"a full disk for copies", &overlay.SaveError{Path: "p", Err: syscall.ENOSPC}, exitFailure, ""},
		{"a missing model", &onnx.ModelError{Err: fs.ErrNotExist}, exitVision, "--model"},
		{"another layout", &onnx.ModelError{Err: &yolo.UnsupportedError{}}, exitVision, "yolo export"},
		{"a model without names", &onnx.ModelError{Err: &yolo.UnsupportedError{NeedsLabels: true}}, exitVision, "--labels"},
		{"no runtime", &onnx.RuntimeError{}, exitVision, "make setup"},
		{"no such device", &onnx.DeviceError{}, exitVision, "--device cpu"},
		{"an unknown label", &yolo.UnknownLabelError{Label: "x"}, exitUsage, "--only"},
		{"a broken labels file", &yolo.LabelsError{}, exitUsage, "--only"},
		{"a reader that went away", &terminal.WriteError{Cause: syscall.EPIPE}, exitOK, ""},
		{"a full disk after a deposit was created",
			toolbox.Unwritten(&terminal.WriteError{Cause: syscall.ENOSPC}, "deposit 7 was created", "rvmctl deposit show 7"), exitFailure, "rvmctl deposit show 7"},
		{"Ctrl-C", &signalError{exitInterrupted}, exitInterrupted, ""},
		{"SIGTERM", &signalError{exitTerminated}, exitTerminated, ""},
		{"the limit of the run", &toolbox.TimeoutError{Limit: time.Second}, exitUnreachable, "--timeout"},
		{"an interrupted call", context.Canceled, exitInterrupted, ""},
		{"anything else", errors.New("the dog ate it"), exitFailure, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := Explain(fmt.Errorf("wrapped: %w", tt.err))
			if f.Code != tt.code || f.Category != category(tt.code) || !strings.Contains(f.Hint, tt.hint) || f.Fact == "" {
				t.Errorf("got %+v, want code %d and a hint with %q", f, tt.code, tt.hint)
			}
			if strings.HasSuffix(f.Fact, ".") && !strings.HasSuffix(f.Fact, "\".") || strings.Contains(f.Hint, "please") {
				t.Errorf("no full stop and no please: %+v", f)
			}
		})
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v2/deposits/99": "the platform has no deposit 99", "/api/v2/deposits/7/process": "the platform has no deposit 7",
		"/api/v2/processing-engines/3/ping": "the platform has no engine 3", "/api/v2/admin/rvm/5/status": "the platform has no rvm 5",
		"/api/v2/rvm-status/5":    "the platform has no rvm 5",
		"/api/rvm/generate-token": `platform answered 404 to GET /api/rvm/generate-token: "Not here"`,
	} {
		f := Explain(&platform.Error{Status: 404, Message: "Not here", Method: "GET", Path: path})
		if f.Fact != want || f.Code != exitNotFound {
			t.Errorf("%s: got %+v, want %q", path, f, want)
		}
	}
	if f := Explain(&platform.Error{Status: 404, Message: "Not here", Method: "GET", Path: "/api/v2/x"}); !strings.Contains(f.Fact, "Not here") {
		t.Errorf("the platform's own words are lost: %+v", f)
	}
}

func TestExplainPartialSuccess(t *testing.T) {
	t.Parallel()
	last := &source.NotFoundError{Path: "f"}
	lost := &platform.UncertainError{Path: "/api/v2/deposits", Err: io.EOF}
	away := &platform.UnreachableError{Err: io.EOF}
	for _, tt := range []struct {
		name string
		err  *toolbox.PartialError
		code int
	}{
		{"one of three", &toolbox.PartialError{Failed: 1, Total: 3, What: "pictures", Last: last}, exitPartial},
		{"all of them for one reason", &toolbox.PartialError{Failed: 3, Total: 3, What: "pictures", Last: last}, exitNotFound},
		{"one outcome is unknown", &toolbox.PartialError{Failed: 1, Total: 3, What: "pictures", Last: lost, Unknown: lost}, exitFailure},
		{"an unknown one before the last", &toolbox.PartialError{Failed: 2, Total: 2, What: "pictures", Last: last, Unknown: lost}, exitFailure},
		{"all of them, after something was stored",
			&toolbox.PartialError{Failed: 1, Total: 1, What: "pictures", Last: away, Confirmed: []string{"deposit 1"}}, exitPartial},
		{"the limit of the run, after something was stored",
			&toolbox.PartialError{Total: 2, Stop: &toolbox.TimeoutError{}, Confirmed: []string{"deposit 1"}}, exitPartial},
		{"Ctrl-C, after something was stored",
			&toolbox.PartialError{Total: 2, Stop: &signalError{exitInterrupted}, Confirmed: []string{"deposit 1"}}, exitInterrupted},
		{"Ctrl-C, with an unknown outcome",
			&toolbox.PartialError{Total: 2, Stop: &signalError{exitInterrupted}, Last: lost, Unknown: lost}, exitFailure},
		{"the reader went away in the middle", &toolbox.PartialError{Total: 2, Stop: &terminal.WriteError{Cause: syscall.EPIPE}}, exitPartial},
	} {
		if f := Explain(tt.err); f.Code != tt.code || f.Retryable {
			t.Errorf("%s: got %+v, want %d", tt.name, f, tt.code)
		}
	}
}

func TestOnlyWhatChangedNothingMayBeRepeated(t *testing.T) {
	t.Parallel()
	if Explain(&platform.UncertainError{Path: "/api/v2/deposits", Err: io.EOF}).Retryable {
		t.Error("a lost answer must never invite a script to send again")
	}
	if !Explain(&platform.UnreachableError{Err: io.EOF}).Retryable {
		t.Error("what was never sent may be sent again")
	}
}
