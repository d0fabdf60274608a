package platform

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// RemoteService opens and closes remote access to machines, and has the platform send them commands.
//
// Many builds of the platform offer remote access in their web console only. There every call returns a *WebConsoleError.
type RemoteService struct{ c *Client }

// The kinds of remote access.
const (
	AccessCamera = "camera"
	AccessGUI    = "gui"
	AccessBoth   = "both"
)

// RemoteStart asks for a session of remote access. While it is open the platform holds the machine in maintenance.
type RemoteStart struct {
	// AdminID is the number of the user whose session it is.
	AdminID int64 `json:"admin_id"`
	// IPAddress is where the machine is reached.
	IPAddress string `json:"ip_address"`
	// Port is 5001 when 0.
	Port int `json:"port,omitempty"`
	// AccessType is AccessCamera, AccessGUI or AccessBoth; the platform's own choice is AccessGUI.
	AccessType string `json:"access_type,omitempty"`
	// Minutes is 5 to 480; 0 means 60.
	Minutes int    `json:"session_duration,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// RemoteSession is one session of remote access. Platform builds differ in what they tell: all but the number may be absent.
type RemoteSession struct {
	ID         int64  `json:"session_id" wire:"id"`
	RVMID      int64  `json:"rvm_id"`
	RVMName    string `json:"rvm_name"`
	AdminID    int64  `json:"admin_id"`
	AdminName  string `json:"admin_name"`
	IPAddress  string `json:"ip_address"`
	Port       int    `json:"port"`
	AccessType string `json:"access_type"`
	// Status is active, completed or another word; some builds put the machine's status here.
	Status string `json:"status"`
	Reason string `json:"reason"`
	// StartTime and EndTime tell how long it lasted. The platform's own figure for that is left out: its unit differs.
	StartTime time.Time `json:"start_time,omitzero"`
	EndTime   time.Time `json:"end_time,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero" wire:"expires"`
	// Minutes is how long it may last, 0 when unknown.
	Minutes   int    `json:"session_duration"`
	AccessURL string `json:"access_url"`
}

// RemoteStatus says whether somebody has remote access to a machine.
type RemoteStatus struct {
	// Active is nil when nobody has.
	Active *RemoteSession `json:"active_session"`
	// RVMStatus is the machine's status, empty when the platform does not say.
	RVMStatus string `json:"current_status"`
}

// WebConsoleError says that this build of the platform has the endpoint in its web console only, if at all.
type WebConsoleError struct {
	Method, Path string
	// Err is the answer that says so: a missing route, a redirect to the login page of browsers, a refused browser form.
	Err error
}

func (e *WebConsoleError) Error() string {
	return fmt.Sprintf("this platform build lacks %s %s outside its web console", e.Method, e.Path)
}

// Unwrap returns the answer.
func (e *WebConsoleError) Unwrap() error { return e.Err }

// consoleOnly recognises the signs of a build without the endpoint.
func consoleOnly(k call, err error) error {
	var foreign *NotPlatformError
	var no *Error
	switch {
	case errors.As(err, &foreign) && (foreign.Status/100 == 3 && toLogin(foreign.Location) || foreign.Status == statusPageExpired),
		errors.As(err, &no) && (no.RouteMissing() || no.Status == statusPageExpired):
		return &WebConsoleError{Method: k.method, Path: k.path, Err: err}
	}
	return err
}

// statusPageExpired is what the framework answers to a browser's form without the browser's session.
const statusPageExpired = 419

func toLogin(location string) bool {
	u, err := url.Parse(location)
	return err == nil && strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), "/login")
}

func remotePath(rvm int64, verb string) string { return idPath(rvmsPath, rvm, "/remote-access/"+verb) }

// Start opens a session. The machine's status becomes maintenance. A session that is open already is an *Error with status 409;
// a machine whose port does not answer is one that is MachineClosed.
func (s *RemoteService) Start(ctx context.Context, rvm int64, start RemoteStart) (RemoteSession, error) {
	if err := firstError(checkID("rvm", rvm), checkID("admin_id", start.AdminID), start.Validate()); err != nil {
		return RemoteSession{}, err
	}
	k := call{method: http.MethodPost, path: remotePath(rvm, "start"), body: start, changes: true}
	got, err := fetch(ctx, s.c, k, func(r RemoteSession) string { return r.of(rvm) })
	return got, consoleOnly(k, err)
}

// Stop ends the session of a user. The machine's status becomes active, whatever it was before the session.
func (s *RemoteService) Stop(ctx context.Context, rvm, admin int64, reason string) (RemoteSession, error) {
	if err := firstError(checkID("rvm", rvm), checkID("admin_id", admin),
		checkOptionalText("reason", reason, maxStopReason)); err != nil {
		return RemoteSession{}, err
	}
	type stop struct {
		AdminID int64  `json:"admin_id"`
		Reason  string `json:"reason,omitempty"`
	}
	k := call{method: http.MethodPost, path: remotePath(rvm, "stop"), body: stop{admin, reason}, changes: true}
	got, err := fetch(ctx, s.c, k, func(r RemoteSession) string { return r.of(rvm) })
	return got, consoleOnly(k, err)
}

// of checks that an answer names a session of the machine; builds that do not name the machine are believed.
func (r RemoteSession) of(rvm int64) string {
	if r.RVMID == 0 {
		return named("session", r.ID)
	}
	return firstReason(named("session", r.ID), same("rvm", r.RVMID, rvm))
}

func firstReason(reasons ...string) string {
	for _, reason := range reasons {
		if reason != "" {
			return reason
		}
	}
	return ""
}

// Status says whether a session is open.
func (s *RemoteService) Status(ctx context.Context, rvm int64) (RemoteStatus, error) {
	if err := checkID("rvm", rvm); err != nil {
		return RemoteStatus{}, err
	}
	k := get(remotePath(rvm, "status"), nil)
	a, err := s.c.send(ctx, k)
	if err != nil {
		return RemoteStatus{}, consoleOnly(k, err)
	}
	status, reason := remoteStatus(a.data)
	if a.data == nil && !a.saysSuccess() {
		reason = "it does not say success"
	}
	if reason == "" && status.Active != nil {
		reason = status.Active.of(rvm)
	}
	if reason != "" {
		return RemoteStatus{}, s.c.mistaken(k, a.from, reason)
	}
	return status, nil
}

// remoteStatus reads the three forms in use: the session itself, null or [] for none, and a summary that holds either.
func remoteStatus(data any) (status RemoteStatus, reason string) {
	object, ok := data.(map[string]any)
	if list, isList := data.([]any); data == nil || isList && len(list) == 0 {
		return status, ""
	}
	if !ok {
		return status, kindOf(data) + " where a session belongs"
	}
	if _, summary := object["active_session"]; !summary {
		status.Active = new(RemoteSession)
		if err := assignNamed("data", data, status.Active); err != nil {
			return status, err.Error()
		}
		return status, ""
	}
	if err := assignNamed("data", data, &status); err != nil {
		return status, err.Error()
	}
	return status, ""
}

// History returns one page of a machine's sessions, newest first; page counts from 1, and its size is the platform's: 20.
func (s *RemoteService) History(ctx context.Context, rvm int64, page int) (Page[RemoteSession], error) {
	query := url.Values{}
	if err := firstError(checkID("rvm", rvm), pages(query, page, 0)); err != nil {
		return Page[RemoteSession]{}, err
	}
	k := get(remotePath(rvm, "history"), query)
	got, err := list[RemoteSession](ctx, s.c, k)
	return got, consoleOnly(k, err)
}

// All yields every session of a machine, each once.
func (s *RemoteService) All(ctx context.Context, rvm int64) iter.Seq2[RemoteSession, error] {
	return walker[RemoteSession]{
		what: "remote access sessions",
		page: func(page, _ int) (Page[RemoteSession], error) { return s.History(ctx, rvm, page) },
		id:   func(r RemoteSession) int64 { return r.ID },
	}.all()
}

const (
	minRemoteMinutes = 5
	maxRemoteMinutes = 480
	maxStopReason    = 255
)

// Validate returns the first *LimitError that the platform would answer with 422, or nil. It does not look at the user, who may
// not be known yet.
func (r RemoteStart) Validate() error {
	if err := firstError(checkIP("ip_address", r.IPAddress), checkOptionalText("reason", r.Reason, maxReason)); err != nil {
		return err
	}
	if r.Port != 0 {
		if err := checkRange("port", r.Port, 1, 65535); err != nil {
			return err
		}
	}
	if r.AccessType != "" {
		if err := checkWord("access_type", r.AccessType, []string{AccessCamera, AccessGUI, AccessBoth}); err != nil {
			return err
		}
	}
	if r.Minutes != 0 {
		return checkRange("session_duration", r.Minutes, minRemoteMinutes, maxRemoteMinutes)
	}
	return nil
}
