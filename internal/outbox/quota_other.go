//go:build !unix

package outbox

import "errors"

var errQuota = errors.New("quota")
