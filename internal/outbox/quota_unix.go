//go:build unix

package outbox

import "syscall"

// errQuota is what a file system says whose quota for this user is used up.
var errQuota error = syscall.EDQUOT
