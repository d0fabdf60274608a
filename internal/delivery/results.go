package delivery

import (
	"encoding/json"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// CreatedDeposit is the platform's answer to a deposit that is done; ok is false for any other entry. A deposit that was found
// among what the platform holds has no figures that a list does not tell.
func CreatedDeposit(e outbox.Entry) (d platform.DepositCreated, ok bool) {
	ok = read(e, KindDeposit, &d)
	return d, ok
}

// DecidedDeposit is the platform's answer to a decision that is done. Where only its second answer was heard the figures are zero.
func DecidedDeposit(e outbox.Entry) (d platform.DepositProcessed, ok bool) {
	ok = read(e, KindDecision, &d)
	return d, ok
}

// StoredStatus tells how a status that is done was stored.
func StoredStatus(e outbox.Entry) (s StatusResult, ok bool) {
	ok = read(e, KindStatus, &s)
	return s, ok
}

// StoredDetection is the platform's record of a detection that is done.
func StoredDetection(e outbox.Entry) (d platform.DetectionResult, ok bool) {
	ok = read(e, KindDetection, &d)
	return d, ok
}

// UploadedPicture is the platform's record of a picture that is done.
func UploadedPicture(e outbox.Entry) (u platform.Uploaded, ok bool) {
	ok = read(e, KindPicture, &u)
	return u, ok
}

func read(e outbox.Entry, kind string, into any) bool {
	return e.Kind == kind && e.State == outbox.Done && json.Unmarshal(e.Result, into) == nil
}
