package platform

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// The texts of the platform can hold what nobody should read in a terminal or a log: tokens, keys, PINs, SQL with its
// values, server paths and signed addresses. Everything that an error or a trace repeats goes through a redactor.

// redaction is one pattern and what takes its place.
type redaction struct {
	pattern *regexp.Regexp
	with    string
}

// secretKeys are the names whose values are hidden, in JSON (escaped JSON too), in queries, headers and forms.
const secretKeys = `authorization|cookie|set-cookie|x-api-key|x-rvm-api-key|password|password_confirmation|token|` +
	`api_token|access_token|auth_token|refresh_token|session_token|api_key|admin_access_pin|access_pin|pin|secret|` +
	`app_secret|auth|auth_key|auth_signature|signature|redemption_code|error_file|file|trace`

// secretNames is secretKeys with the words that names of the same kind begin with: "new_password", "rvmToken".
const secretNames = `(?:[\w.-]*[_.-])?(?:` + secretKeys + `)|[\w.-]*(?:password|passwd|token|secret|api[_-]?key)`

// apiKeyShape is what the platform's keys of machines look like, the generated ones and those of its demo data.
const apiKeyShape = `\brvm_[A-Za-z0-9]{16,}|\bRVM_\d+_[A-Za-z0-9]{8}\b`

// redactions are made when the first text is hidden, and only ever read.
var redactions = sync.OnceValue(func() []redaction {
	return []redaction{
		// "key": "value" up to the closing quote or the end of the text, then the same inside a JSON string.
		{regexp.MustCompile(`(?i)((?:^|[^\\])"(?:` + secretNames + `)"\s*:\s*")(?:[^"\\]|\\.|\\$)+`), "${1}" + mask},
		{regexp.MustCompile(`(?i)(\\+"(?:` + secretNames + `)\\+"\s*:\s*\\+")(?:[^"\\]|\\\\\\"|\\\\|\\[^"\\])+`), "${1}" + mask},
		{regexp.MustCompile(`(?i)(\\*"(?:` + secretNames + `)\\*"\s*:\s*)-?\d[\d.eE+-]*`), "${1}" + mask},
		// key=value of queries and forms, key: value of headers.
		{regexp.MustCompile(`(?i)\b((?:metadata(?:\[|%5B))?(?:` + secretNames + `)(?:\]|%5D)?=)[^\s&"'<>)\\]+`), "${1}" + mask},
		{regexp.MustCompile(`(?i)\b((?:authorization|cookie|set-cookie|x-api-key|x-rvm-api-key)\s*:\s*)[^\r\n"\\]+`), "${1}" + mask},
		{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9|._~+/=-]{6,}`), "${1} " + mask},
		{regexp.MustCompile(`\b\d+(?:\||%7[Cc])[A-Za-z0-9]{20,}`), mask},
		{regexp.MustCompile(apiKeyShape), mask},
		{regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*:\\?/\\?/)[^\s/@"'\\]+@`), "${1}" + mask + "@"},
		{regexp.MustCompile(`(/remote\\?/)[A-Za-z0-9]{16,}`), "${1}" + mask},
		// SQL: the sentence before it stays, the statement and its values go. What follows cannot be told from the
		// statement and goes with it.
		{regexp.MustCompile(`(?s)\((?:Connection|Host): .*`), "(sql hidden)"},
		{regexp.MustCompile(`(?s)Failing row contains .*`), "(row hidden)"},
		{regexp.MustCompile(`(?:\\?/[\w.@-]+)+\.php\b`), "(path hidden)"},
	}
})

// redactor hides the patterns above and the exact secrets of one client.
type redactor struct{ secrets []string }

// newRedactor also hides the given values wherever they appear, and the part of a token after its "|".
func newRedactor(secrets ...string) redactor {
	var r redactor
	for _, secret := range secrets {
		r.add(secret)
		if _, tail, ok := strings.Cut(secret, "|"); ok {
			r.add(tail)
		}
	}
	return r
}

// add ignores what is too short to be told from ordinary words.
func (r *redactor) add(secret string) {
	if len(secret) >= 6 {
		r.secrets = append(r.secrets, secret, url.QueryEscape(secret))
	}
}

// hide takes secrets out of any text that came from the platform, a header or a URL. It does not bound the text and does
// not make it safe for a terminal.
func (r redactor) hide(text string) string {
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, mask)
	}
	for _, rule := range redactions() {
		text = rule.pattern.ReplaceAllString(text, rule.with)
	}
	return text
}

// text hides secrets and bounds the result to n bytes. The text is cut once before as well, because nobody waits for
// eight megabytes of patterns; the word that the first cut may have halved is thrown away.
func (r redactor) text(text string, n int) string {
	const window = 8 << 10
	if len(text) > window {
		text = text[:window]
		text = text[:max(0, strings.LastIndexAny(text, " \t\r\n,;&\"'"))]
	}
	return bound(r.hide(strings.ToValidUTF8(text, "\uFFFD")), n)
}

// field is the text of a JSON string, "" for any other kind.
func (r redactor) field(v any) string {
	text, _ := v.(string)
	return r.text(text, maxMessage)
}
