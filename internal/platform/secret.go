package platform

import (
	"fmt"
	"io"
	"log/slog"
)

// mask is what a secret looks like wherever it is shown.
const mask = "********"

// Secret is a value that the platform sends in clear and that nobody should see by accident: an RVM's api_key, its
// admin_access_pin, a login's token. Every way of printing or encoding it yields a mask; only Reveal does not.
type Secret struct{ text string }

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the value itself.
func (s Secret) Reveal() string { return s.text }

// IsZero says whether there is no value.
func (s Secret) IsZero() bool { return s.text == "" }

// Equal compares the values.
func (s Secret) Equal(o Secret) bool { return s.text == o.text }

// String is a mask of fixed length, or "" when there is no value.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return mask
}

// Format prints the mask whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON encodes the mask.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

func (s *Secret) fromWire(v any) error {
	text, err := wireString(v)
	s.text = text
	return err
}
