package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

const maxLocation = 1000

// RVMCreate is a machine to be entered. The platform makes its API key.
type RVMCreate struct {
	// Name is unique on the platform, 1–255 characters.
	Name string `json:"name"`
	// LocationDescription has at most 1000 characters; empty is not sent.
	LocationDescription string `json:"location_description,omitempty"`
	// Status is one of StoredStatuses.
	Status string `json:"status"`
}

// RVMUpdate is what shall be different about a machine. Empty fields are not sent, so the platform keeps what it has.
// The status has calls of its own.
type RVMUpdate struct {
	Name                string `json:"name,omitempty"`
	LocationDescription string `json:"location_description,omitempty"`
}

// RVMInUseError says that a machine cannot be deleted because the platform holds what people did at it.
type RVMInUseError struct {
	RVMID              int64
	Deposits, Sessions int
	// Err is the platform's refusal, nil when nothing was sent because its counts were known before.
	Err *Error
}

func (e *RVMInUseError) Error() string {
	return fmt.Sprintf("rvm %d has %s and %s, and the platform deletes no machine that has any",
		e.RVMID, counted(e.Deposits, "deposit"), counted(e.Sessions, "session"))
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Unwrap returns the platform's refusal.
func (e *RVMInUseError) Unwrap() error {
	if e.Err == nil {
		return nil
	}
	return e.Err
}

// InUse is an *RVMInUseError when the machine has deposits or sessions, otherwise nil.
func (r RVM) InUse() error {
	deposits, sessions := r.DepositsCount, r.SessionsCount
	if r.Statistics != nil {
		deposits, sessions = r.Statistics.Deposits, r.Statistics.Sessions
	}
	if deposits+sessions == 0 {
		return nil
	}
	return &RVMInUseError{RVMID: r.ID, Deposits: deposits, Sessions: sessions}
}

// Validate returns the first *LimitError that the platform would answer with 422, or nil.
func (r RVMCreate) Validate() error {
	return firstError(checkTrimmed("name", r.Name, maxName), checkWord("status", r.Status, storedStatuses),
		checkOptionalTrimmed("location_description", r.LocationDescription, maxLocation))
}

// Validate returns the first *LimitError that the platform would answer with 422, or nil. An update of nothing is
// refused too.
func (u RVMUpdate) Validate() error {
	if u == (RVMUpdate{}) {
		return &LimitError{"update", "of a name or a location", "nothing"}
	}
	return firstError(checkOptionalTrimmed("name", u.Name, maxName),
		checkOptionalTrimmed("location_description", u.LocationDescription, maxLocation))
}

// Differences names the fields of u, by the platform's names, that the stored machine does not have.
func (r RVM) Differences(u RVMUpdate) []string {
	names := []string{}
	if u.Name != "" && u.Name != r.Name {
		names = append(names, "name")
	}
	if u.LocationDescription != "" && u.LocationDescription != r.LocationDescription {
		names = append(names, "location_description")
	}
	return names
}

// Create enters a machine and returns it with its new API key.
func (s *RVMsService) Create(ctx context.Context, r RVMCreate) (RVM, error) {
	if err := r.Validate(); err != nil {
		return RVM{}, err
	}
	k := call{method: http.MethodPost, path: rvmsPath, body: r, changes: true, creates: true}
	return fetch(ctx, s.c, k, func(got RVM) string {
		if got.Name != r.Name {
			return "it names another rvm"
		}
		return named("rvm", got.ID)
	})
}

// Update changes what u names and leaves the rest.
func (s *RVMsService) Update(ctx context.Context, id int64, u RVMUpdate) (RVM, error) {
	if err := firstError(checkID("rvm", id), u.Validate()); err != nil {
		return RVM{}, err
	}
	k := call{method: http.MethodPut, path: idPath(rvmsPath, id, ""), body: u, changes: true}
	return fetch(ctx, s.c, k, func(got RVM) string {
		if differs := got.Differences(u); len(differs) > 0 {
			return "it names another " + strings.Join(differs, " and ")
		}
		return same("rvm", got.ID, id)
	})
}

// Delete removes a machine. One that has deposits or sessions is refused with *RVMInUseError.
func (s *RVMsService) Delete(ctx context.Context, id int64) error {
	if err := checkID("rvm", id); err != nil {
		return err
	}
	err := s.c.done(ctx, call{method: http.MethodDelete, path: idPath(rvmsPath, id, ""), changes: true})
	var no *Error
	if errors.As(err, &no) && no.Status == http.StatusConflict {
		return inUse(id, no)
	}
	return err
}

// inUse reads the counts of a refusal to delete; without them the refusal stays as it is.
func inUse(id int64, no *Error) error {
	v, err := parseJSON([]byte(no.Body))
	if err != nil {
		return no
	}
	var body struct {
		Data struct {
			Deposits int `json:"deposits_count"`
			Sessions int `json:"sessions_count"`
		} `json:"data"`
	}
	if decode(v, &body) != nil || body.Data.Deposits+body.Data.Sessions <= 0 {
		return no
	}
	return &RVMInUseError{RVMID: id, Deposits: body.Data.Deposits, Sessions: body.Data.Sessions, Err: no}
}

// RegenerateKey gives the machine another API key and returns it; the old one is void at once. After an
// *UncertainError the old one may be void all the same: Get tells the one that holds.
func (s *RVMsService) RegenerateKey(ctx context.Context, id int64) (RVM, error) {
	if err := checkID("rvm", id); err != nil {
		return RVM{}, err
	}
	k := call{method: http.MethodPatch, path: idPath(rvmsPath, id, "/regenerate-api-key"), changes: true}
	return fetch(ctx, s.c, k, func(got RVM) string {
		if got.APIKey.IsZero() {
			return "it holds no api key"
		}
		return same("rvm", got.ID, id)
	})
}

// checkTrimmed also refuses surrounding blanks: the platform trims them, and what comes back changed cannot be
// recognised.
func checkTrimmed(field, text string, most int) error {
	return firstError(checkText(field, text, most), checkOptionalTrimmed(field, text, most))
}

func checkOptionalTrimmed(field, text string, most int) error {
	if strings.TrimSpace(text) != text {
		return &LimitError{field, "text without surrounding blanks", strconv.Quote(bound(text, 80))}
	}
	return checkOptionalText(field, text, most)
}
