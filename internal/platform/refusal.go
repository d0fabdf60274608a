package platform

import (
	"net/http"
	"strings"
)

const (
	maxMessage  = 500
	maxBody     = 2048
	maxFields   = 64
	maxPerField = 8
)

// decodeError reads all five error shapes of the platform, and the one of its newer dialect, into an *Error. They
// differ only in which of message, error and errors are present. The second result is false when the value is none of
// them: something else than the platform answered.
func decodeError(status int, v any, clean redactor) (*Error, bool) {
	e := &Error{Status: status}
	top, ok := v.(map[string]any)
	if !ok {
		return e, false
	}
	e.Message = clean.field(top["message"])
	e.Detail = clean.field(top["error"])
	e.Fields = decodeFields(top["errors"], clean)
	if debug, ok := top["debug"].(map[string]any); ok {
		e.CurrentStatus = clean.field(debug["current_status"])
	}
	if e.Message == "" {
		e.Message, e.Detail = e.Detail, ""
	}
	if e.Message == "" {
		e.Message = statusText(status)
	}
	for _, key := range []string{"message", "error", "errors", "success"} {
		if _, ok := top[key]; ok {
			return e, true
		}
	}
	return e, false
}

// decodeFields reads {"field":["text"]}, tolerating a bare text and PHP's [] for "none".
func decodeFields(v any, clean redactor) map[string][]string {
	object, ok := v.(map[string]any)
	if !ok || len(object) == 0 {
		return nil
	}
	fields := make(map[string][]string, min(len(object), maxFields))
	for name, value := range object {
		if len(fields) == maxFields {
			break
		}
		name = clean.text(name, 64)
		list, isList := value.([]any)
		if !isList {
			list = []any{value}
		}
		for _, item := range list[:min(len(list), maxPerField)] {
			if text := clean.field(item); text != "" {
				fields[name] = append(fields[name], text)
			}
		}
	}
	return fields
}

// statusText is the standard phrase in lower case, or "no reason given".
func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strings.ToLower(text)
	}
	return "no reason given"
}
