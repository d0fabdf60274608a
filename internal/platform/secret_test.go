package platform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestASecretShowsOnlyWhenRevealed(t *testing.T) {
	t.Parallel()
	const value = "rvm_hidden"
	secret := NewSecret(value)
	holder := struct {
		Key  Secret
		Ptr  *Secret
		List []Secret
	}{secret, &secret, []Secret{secret}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10s"} {
		if got := fmt.Sprintf(verb, secret) + fmt.Sprintf(verb, holder); strings.Contains(got, value) || strings.Contains(got, fmt.Sprintf("%x", value)) {
			t.Errorf("%s shows it: %s", verb, got)
		}
	}
	raw, err := json.Marshal(holder)
	if err != nil || strings.Contains(string(raw), value) {
		t.Errorf("json: %s (%v)", raw, err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", secret)
	if strings.Contains(log.String(), value) {
		t.Errorf("log: %s", log.String())
	}
	if secret.Reveal() != value || secret.IsZero() || !secret.Equal(NewSecret(value)) {
		t.Error("the value is lost")
	}
	if got := (Secret{}).String(); got != "" {
		t.Errorf("no secret prints as %q, want nothing", got)
	}
}
