package platform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// secretWords are the names of secrets without the signs between words. What only ends in one of them is secret too, as in
// "admin_access_pin" and "remoteToken".
var secretWords = [...]string{"password", "passwd", "token", "secret", "apikey", "authkey", "secretkey", "privatekey", "authsignature",
	"authorization", "cookie", "accesspin", "redemptioncode", "passwordconfirmation", "passphrase"}

// pinName is "pin" as a word of its own at the end of a name: "access_pin", "rvmPin", not "spin".
var pinName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:^|[^A-Za-z])(?i:pins?)$|[a-z0-9]P(?:in|IN)s?$`) })

// SecretName says whether a value of this name is kept from people's eyes. A session's token is none: it is shown to everybody at
// the machine as a QR code.
func SecretName(name string) bool {
	word := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	word = strings.TrimSuffix(word, "s")
	if pinName().MatchString(name) {
		return true
	}
	if strings.HasSuffix(word, "sessiontoken") {
		return false
	}
	for _, secret := range secretWords {
		if strings.HasSuffix(word, secret) {
			return true
		}
	}
	return false
}

// secretShapes are values that are secrets under whatever name they come: a token, a key, the end of a link for remote access.
var secretShapes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i:\bbearer\s+[a-z0-9|._~+/=-]{6,})|\b\d+\|[A-Za-z0-9]{20,}|` + apiKeyShape)
})

var (
	remoteLink = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(/remote/)[A-Za-z0-9]{16,}`) })
	// userInfo is what stands before the host of an address.
	userInfo = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(://)[^\s/@"']+@`) })
	// parameter is one of a query or a form.
	parameter = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b([A-Za-z][A-Za-z0-9_.-]{0,60})=[^\s&"'<>]+`) })
	// quotedKey is a key in a piece of JSON that is not whole.
	quotedKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\*"([A-Za-z][A-Za-z0-9_. -]{0,60})\\*"\s*:`) })
)

// hideShapes hides the secrets in a text that is no secret as a whole.
func hideShapes(text string) string {
	for _, at := range quotedKey().FindAllStringSubmatchIndex(text, -1) {
		if SecretName(text[at[2]:at[3]]) {
			// Where the value ends cannot be told from how often it was quoted: everything goes.
			text = text[:at[1]] + mask
			break
		}
	}
	text = secretShapes().ReplaceAllString(text, mask)
	text = remoteLink().ReplaceAllString(text, "${1}"+mask)
	text = userInfo().ReplaceAllString(text, "${1}"+mask+"@")
	return parameter().ReplaceAllStringFunc(text, func(pair string) string {
		if name, _, _ := strings.Cut(pair, "="); SecretName(name) {
			return name + "=" + mask
		}
		return pair
	})
}

// Mask gives a body on one line with its secrets hidden, in texts that hold JSON too; everything else, the order of keys and the
// digits of numbers included, stays. It fails for what is no JSON.
func (s *RawService) Mask(body json.RawMessage) (json.RawMessage, error) {
	if _, err := parseJSON(body); err != nil {
		return nil, err
	}
	m := masker{decoder: json.NewDecoder(bytes.NewReader(body)), own: s.c.clean.secrets}
	m.decoder.UseNumber()
	if err := m.value(false); err != nil {
		return nil, err
	}
	return m.out.Bytes(), nil
}

// masker copies JSON token by token. parseJSON has bounded the depth and the number of values before.
type masker struct {
	decoder *json.Decoder
	out     bytes.Buffer
	// own are the secrets of the client itself.
	own []string
	// inside counts how often the text that is read was packed into a text.
	inside int
	// hidden counts what was masked.
	hidden int
}

// value copies one value; secret says that nothing in it may be seen.
func (m *masker) value(secret bool) error {
	token, err := m.decoder.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case json.Delim:
		return m.nested(v, secret)
	case string:
		m.out.Write(quoted(m.text(v, secret)))
	case json.Number:
		if secret {
			m.hidden++
			m.out.Write(quoted(mask))
		} else {
			m.out.WriteString(v.String())
		}
	case bool:
		fmt.Fprint(&m.out, v)
	case nil:
		m.out.WriteString("null")
	}
	return nil
}

func (m *masker) nested(open json.Delim, secret bool) error {
	m.out.WriteRune(rune(open))
	for n := 0; m.decoder.More(); n++ {
		if n > 0 {
			m.out.WriteByte(',')
		}
		below := secret
		if open == '{' {
			token, err := m.decoder.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			m.out.Write(quoted(m.visible(name)))
			m.out.WriteByte(':')
			below = secret || SecretName(name)
		}
		if err := m.value(below); err != nil {
			return err
		}
	}
	end, err := m.decoder.Token()
	if err == nil {
		m.out.WriteString(fmt.Sprint(end))
	}
	return err
}

// text hides a secret, or the secrets in a text, or those in the JSON that a text holds.
func (m *masker) text(v string, secret bool) string {
	if secret && v != "" {
		m.hidden++
		return mask
	}
	if inner, found := m.unpacked(v); found {
		return inner
	}
	return m.visible(v)
}

// visible hides the secrets in a text that is no secret as a whole.
func (m *masker) visible(v string) string {
	clean := v
	for _, own := range m.own {
		clean = strings.ReplaceAll(clean, own, mask)
	}
	if clean = hideShapes(clean); clean != v {
		m.hidden++
	}
	return clean
}

// maxPacked is how many times JSON inside a text inside JSON is followed; what is packed more often is hidden whole.
const maxPacked = 4

// unpacked masks JSON that was packed into a text. A text without secrets stays as it is, blanks included.
func (m *masker) unpacked(v string) (string, bool) {
	text := strings.TrimSpace(v)
	if text == "" || !strings.ContainsAny(text[:1], `[{"`) {
		return "", false
	}
	if _, err := parseJSON([]byte(text)); err != nil {
		return "", false
	}
	if m.inside == maxPacked {
		m.hidden++
		return mask, true
	}
	inner := masker{decoder: json.NewDecoder(strings.NewReader(text)), own: m.own, inside: m.inside + 1}
	inner.decoder.UseNumber()
	if err := inner.value(false); err != nil || inner.hidden == 0 {
		return v, err == nil
	}
	m.hidden += inner.hidden
	return inner.out.String(), true
}

// MaskObject gives what a machine or a site keeps under names of its own with its secrets hidden. What cannot be read is empty.
func MaskObject(object map[string]any) map[string]any {
	raw, err := json.Marshal(object)
	if err != nil || object == nil {
		return nil
	}
	m := masker{decoder: json.NewDecoder(bytes.NewReader(raw))}
	m.decoder.UseNumber()
	if m.value(false) != nil {
		return nil
	}
	var masked map[string]any
	decoder := json.NewDecoder(&m.out)
	decoder.UseNumber()
	if decoder.Decode(&masked) != nil {
		return nil
	}
	return masked
}

// HoldsSecret says whether something in a value would be masked.
func HoldsSecret(value json.RawMessage) bool {
	if _, err := parseJSON(value); err != nil {
		return false
	}
	m := masker{decoder: json.NewDecoder(bytes.NewReader(value))}
	m.decoder.UseNumber()
	return m.value(false) == nil && m.hidden > 0
}

// quoted is a JSON string without the escapes that only HTML needs.
func quoted(text string) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// secretIn gives the first secret text of a body, or "".
func secretIn(body json.RawMessage) string {
	v, err := parseJSON(body)
	if err != nil {
		return ""
	}
	return secretBelow(v, false)
}

func secretBelow(v any, secret bool) string {
	switch v := v.(type) {
	case string:
		if secret {
			return v
		}
	case []any:
		for _, item := range v {
			if found := secretBelow(item, secret); found != "" {
				return found
			}
		}
	case map[string]any:
		for name, item := range v {
			if found := secretBelow(item, secret || SecretName(name)); found != "" {
				return found
			}
		}
	}
	return ""
}
