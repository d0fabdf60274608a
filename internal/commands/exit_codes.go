package commands

// ExitCode is one way in which rvmctl ends.
type ExitCode struct {
	// Code is the number; Category is its stable word in JSON.
	Code     int
	Category string
	// Meaning is one line; Causes are typical.
	Meaning, Causes string
}

// The exit codes. Codes may be added; scripts treat one they do not know as a failure.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitPartial     = 3
	exitSignIn      = 4
	exitUnreachable = 5
	exitRefused     = 6
	exitNotFound    = 7
	exitVision      = 8
	exitLocked      = 9
	exitConfig      = 10
	exitHungUp      = 129
	exitInterrupted = 130
	exitTerminated  = 143
)

// ExitCodes lists every exit code; help, documents and tests are made from it.
func ExitCodes() []ExitCode {
	return []ExitCode{
		{exitOK, "ok", "done, or safely kept", "the platform confirmed what was asked, or the outbox keeps it and says so: queued, uncertain"},
		{exitFailure, "failure", "failure, or an outcome that nobody knows",
			"anything without a code of its own; a change whose answer was lost and that is not kept; a deposit that waits for a person; a full outbox"},
		{exitUsage, "usage", "the command line cannot be carried out", "unknown command or flag, a value out of range, a prompt that is not allowed"},
		{exitPartial, "partial", "some items succeeded and some failed", "one bad picture in a folder; a run that ended early after it had stored something: do not repeat it whole; what was asked is done, and the outbox was damaged and was repaired"},
		{exitSignIn, "sign_in", "not signed in, or the token is refused", "no token, the platform answers 401"},
		{exitUnreachable, "unreachable", "the platform is away, and nothing was changed or kept", "with --queue never, or from a command that cannot wait; entries left by outbox flush; DNS, connection refused, timeout of a read, 429, 502, 503"},
		{exitRefused, "refused", "the platform, or its published limits, refuse this", "403, 409, 422, a weight above 100 kg"},
		{exitNotFound, "not_found", "it is not there", "no such deposit, engine or machine; no such file; a folder without pictures; an endpoint that this platform build lacks"},
		{exitVision, "vision", "no usable model, runtime or camera", "no ONNX Runtime, a file that is no detection model, a device that is not available"},
		{exitLocked, "locked", "another run holds the lock", "two rvmctl deposit process of one deposit at the same moment; the rest of a flush is under way elsewhere"},
		{exitConfig, "configuration", "the configuration is invalid", "a settings file with an unknown key, a named profile that does not exist, a token file that others can read"},
		{exitHungUp, "hung_up", "ended by SIGHUP", "the SSH session that it ran in broke off; with nohup it goes on"},
		{exitInterrupted, "interrupted", "interrupted by SIGINT", "Ctrl-C"},
		{exitTerminated, "terminated", "ended by SIGTERM", "systemd stopping a unit"},
	}
}

// category is the word of a code.
func category(code int) string {
	for _, e := range ExitCodes() {
		if e.Code == code {
			return e.Category
		}
	}
	return "failure"
}
