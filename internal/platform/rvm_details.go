package platform

import (
	"context"
	"errors"
	"net/http"
)

// adminRVMPath is the platform's console for machines. Its two lists are kept for up to ten minutes and are not read
// here; what it says of one machine is fresh.
const adminRVMPath = "/api/v2/admin/rvm"

// rvmDetails is the console's answer about one machine.
type rvmDetails struct {
	RVM RVM `json:"rvm"`
}

// Details returns one machine as the console knows it: with its PIN, its switches and the time of its last status
// change, and without figures. It needs an administrative role, other ones than Get.
func (s *RVMsService) Details(ctx context.Context, id int64) (RVM, error) {
	if err := checkID("rvm", id); err != nil {
		return RVM{}, err
	}
	k := get(idPath(adminRVMPath, id, "/details"), nil)
	got, err := fetch(ctx, s.c, k, func(d rvmDetails) string { return same("rvm", d.RVM.ID, id) })
	return got.RVM, err
}

// Current returns the machine's fresh record from whichever endpoint this account may read: Get, or Details where the
// role does not allow it. The first refusal is the one that is returned when both refuse.
func (s *RVMsService) Current(ctx context.Context, id int64) (RVM, error) {
	record, err := s.Get(ctx, id)
	if !forbidden(err) {
		return record, err
	}
	if details, second := s.Details(ctx, id); second == nil {
		return details, nil
	}
	return record, err
}

// forbidden says that the role of the account is the only thing that stood in the way.
func forbidden(err error) bool {
	var no *Error
	var unknown *UncertainError
	return errors.As(err, &no) && no.Status == http.StatusForbidden && !errors.As(err, &unknown)
}
