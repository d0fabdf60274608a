package onnx

import (
	"strings"
	"unicode"
)

// maxReason bounds what is repeated of the runtime's own messages, in bytes.
const maxReason = 400

// oneLine makes a message of the runtime fit for one line: its control characters and line ends become spaces.
func oneLine(err error) string {
	fields := strings.FieldsFunc(err.Error(), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	s := strings.Join(fields, " ")
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "") + "…"
	}
	return s
}
