package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of the deployment. PHP refuses more than 8 MB by default; a platform whose upload rule allows pictures of
// 10240 KB must have raised that for uploads, so the upload path gets the picture plus room for its form fields.
const (
	maxBody       = 8 << 20
	maxUploadBody = 12 << 20
	maxProxyBody  = 50 << 20
	// maxProxyHeader bounds one line of a request's header, in bytes.
	maxProxyHeader = 8 << 10
	maxFormFields  = 1000
)

// input is a request's fields after PHP's reading of them: values are nil, bool, int64, float64, string, []any,
// map[string]any or *picture.
type input map[string]any

// picture is an uploaded file.
type picture struct{ data []byte }

// errPastProxy is a body that never got past the proxy, errBodyTooLarge one that the platform refuses.
var (
	errBodyTooLarge = errors.New("body too large")
	errPastProxy    = errors.New("body too large for the proxy")
)

// readInput reads the fields of a request. Whatever cannot be read counts as absent, as on the platform: only a body
// past its limit is an error.
func readInput(r *http.Request, limit int64) (input, error) {
	fields := input{}
	media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, err := readBody(r, limit)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.Contains(media, "/json") || strings.Contains(media, "+json"):
		fields = parseJSON(body)
	case media == "application/x-www-form-urlencoded":
		values, _ := url.ParseQuery(string(body)) // pairs before a malformed one still count
		fields = parseForm(values)
	case media == "multipart/form-data" && r.Method == http.MethodPost:
		fields = parseMultipart(body, params["boundary"])
	}
	for name, value := range parseForm(r.URL.Query()) {
		if _, taken := fields[name]; !taken {
			fields[name] = value
		}
	}
	return normalise(fields), nil
}

// readBody drains a body that is too large, up to what the proxy would have buffered, so that the sender gets to read
// the refusal instead of a broken pipe.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	var body bytes.Buffer
	n, err := io.Copy(&body, io.LimitReader(r.Body, limit+1))
	if n > limit {
		rest, _ := io.Copy(io.Discard, io.LimitReader(r.Body, 2*maxProxyBody))
		if n+rest > maxProxyBody {
			return nil, errPastProxy
		}
		return nil, errBodyTooLarge
	}
	return body.Bytes(), err
}

// parseJSON reads a JSON object; anything else is an empty one.
func parseJSON(body []byte) input {
	if !utf8.Valid(body) {
		return input{}
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil || fields == nil {
		return input{}
	}
	if _, err := dec.Token(); err != io.EOF {
		return input{}
	}
	return input(fields)
}

// parseForm reads fields the way PHP names them: a[b]=c is a map, a[]=c a list, and a repeated plain name keeps its
// last value.
func parseForm(values url.Values) input {
	fields := input{}
	left := maxFormFields
	for name, all := range values {
		for _, value := range all {
			if left--; left < 0 {
				return fields
			}
			setField(fields, name, value)
		}
	}
	return fields
}

// setField understands one level of brackets, which is all that the platform's forms use.
func setField(fields input, name string, value any) {
	base, key, bracketed := strings.Cut(name, "[")
	key, _, closed := strings.Cut(key, "]")
	if !bracketed || !closed || base == "" {
		fields[name] = value
		return
	}
	if key == "" {
		list, _ := fields[base].([]any)
		fields[base] = append(list, value)
		return
	}
	nested, isMap := fields[base].(map[string]any)
	if !isMap {
		nested = map[string]any{}
		fields[base] = nested
	}
	nested[key] = value
}

// normalise does what the platform's middleware does to every field: blanks are cut off strings (passwords excepted),
// empty strings become null, and numbers become PHP's integers or floats.
func normalise(fields input) input {
	for name, value := range fields {
		keep := name == "password" || name == "password_confirmation" || name == "current_password"
		fields[name] = tidy(value, !keep)
	}
	return fields
}

func tidy(value any, trim bool) any {
	switch v := value.(type) {
	case string:
		if trim {
			v = strings.Trim(v, " \n\r\t\v\x00\u00a0\ufeff")
		}
		if v == "" {
			return nil
		}
		return v
	case json.Number:
		return phpNumber(string(v))
	case []any:
		for i := range v {
			v[i] = tidy(v[i], trim)
		}
	case map[string]any:
		for k := range v {
			v[k] = tidy(v[k], trim)
		}
	}
	return value
}

// phpNumber yields an int64 where the literal is a whole number that fits, a float64 otherwise (infinite past 1e308).
func phpNumber(literal string) any {
	if whole, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return whole
	}
	float, _ := strconv.ParseFloat(literal, 64)
	return float
}
