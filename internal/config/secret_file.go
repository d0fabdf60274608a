package config

import (
	"errors"
	"io/fs"
	"strings"
)

// SecretFileError says that a file that holds a machine's secret cannot be trusted or read.
type SecretFileError struct {
	// What names the secret: "api key". Path is the file, Reason what is wrong with it.
	What, Path, Reason string
	// Missing is true when there is no such file. Fix is the command that mends it, or empty.
	Missing bool
	Fix     string
}

func (e *SecretFileError) Error() string { return e.What + " file " + e.Path + " " + e.Reason }

// ReadSecretFile returns the first line of a file that only its owner can read. what names the secret for its error, a
// *SecretFileError.
func ReadSecretFile(what, path string) (string, error) {
	raw, err := readSecret(path, true)
	var token *TokenFileError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &SecretFileError{What: what, Path: path, Reason: "does not exist", Missing: true}
	case errors.As(err, &token):
		return "", &SecretFileError{What: what, Path: path, Reason: token.Reason, Fix: token.Fix}
	case err != nil:
		return "", err
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return "", &SecretFileError{What: what, Path: path, Reason: "begins with an empty line"}
	}
	return line, nil
}
