package commands

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/myrvm/rvmctl/internal/platform"
)

// uncertainHint is the command that shows what a changing call may have stored, where a second one would do harm. Where the path
// says which one was meant, the command can be typed as it stands.
func uncertainHint(e *platform.UncertainError) string {
	hint := uncertainRemote(e.Path)
	if hint == "" {
		hint = uncertainStored(e.Path)
	}
	if abandoned(e) && strings.HasPrefix(hint, "look ") {
		hint = "wait a minute, for the platform may still be at it; then " + hint
	}
	return strings.ReplaceAll(hint, "{}", numberIn(e.Path))
}

// abandoned says whether it was rvmctl that stopped waiting: what the platform holds at this moment is no proof then.
func abandoned(e *platform.UncertainError) bool {
	var late net.Error
	return errors.Is(e, context.Canceled) || errors.Is(e, context.DeadlineExceeded) || errors.As(e, &late) && late.Timeout()
}

// uncertainStored has {} for the number.
func uncertainStored(path string) string {
	const look = "look whether the platform has it before you send it again: "
	if strings.Contains(path, "/deposits/") && strings.HasSuffix(path, "/process") {
		return "look what it is before you decide it again: rvmctl deposit show {}; another user's is told with its machine: rvmctl rvm show N"
	}
	for _, part := range []struct{ of, hint string }{
		{"/deposits", look + "rvmctl deposit list"},
		{"/processing-engines/", look + "rvmctl engine show {}"}, {"/processing-engines", look + "rvmctl engine list"},
		{"/auth/login", "sign in again: rvmctl login; that makes another token and does no harm"},
		{"/auth/logout", "type: rvmctl whoami, and sign out again if the token is still good"},
		{"/detection-results", look + "rvmctl detection list"}, {"/trigger-processing", look + "rvmctl detection history"},
		{"/metrics", "rvmctl metrics show --rvm {} says what is stored; sending it again does no harm"},
		{"/regenerate-api-key", "the old api key may be void; to see the one that holds: rvmctl rvm show {} --show-secrets"},
		{"/session/create", "opening another does no harm: nobody knows the token of this one"},
		{"/session/", look + "rvmctl session status TOKEN"},
		{"/upload", "uploading it again does no harm: the platform keeps both copies"},
		{"/rvms/", look + "rvmctl rvm show {}"}, {"/admin/rvm/", look + "rvmctl rvm show {}"}, {"/rvms", look + "rvmctl rvm list"},
	} {
		if strings.Contains(path, part.of) {
			return part.hint
		}
	}
	return look + "rvmctl api GET " + path
}

// numberIn is the number of what a path is about, or "N".
func numberIn(path string) string {
	nouns := []string{"deposits", "processing-engines", "rvms", "rvm"}
	parts := strings.Split(path, "/")
	for i := 1; i < len(parts); i++ {
		if n, err := strconv.ParseUint(parts[i], 10, 63); err == nil && slices.Contains(nouns, parts[i-1]) {
			return strconv.FormatUint(n, 10)
		}
	}
	return "N"
}
