package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// SchemaVersion is the version of every JSON document that rvmctl writes. Fields are only ever added to a version.
const SchemaVersion = 1

// View is one result of a command, for both audiences: its exported fields are the JSON, Text is what people read.
type View interface {
	Text(p *Page)
}

// Emit writes a result to stdout: JSON when asked for, otherwise text. Quiet drops the text, never the JSON. What the shape of
// the JSON asks for is applied to each result by itself. A result that cannot be written is a *WriteError.
func (c *Console) Emit(v View) error {
	if c.json {
		return c.emitJSON(v)
	}
	if c.quiet {
		return nil
	}
	p := &Page{console: c}
	v.Text(p)
	return c.writeOut(p.String())
}

func (c *Console) emitJSON(v View) error {
	doc, err := document(v, c.served())
	if err != nil {
		return err
	}
	if doc, err = c.shape.Fields.Pick(doc); err != nil {
		return err
	}
	if c.shape.Expression != nil {
		return c.rendered(doc)
	}
	if c.opts.OutTTY {
		doc = indent(doc)
	}
	return c.writeOut(string(doc) + "\n")
}

// document is one JSON object. A person gets it indented; a program gets one line per object, so that a stream of results is
// NDJSON without another mode.
func document(v any, endpoint string) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("cannot encode the result: %w", err)
	}
	if len(raw) < 2 || raw[0] != '{' {
		return nil, fmt.Errorf("a result must be a JSON object, this one is %T", v)
	}
	head := fmt.Sprintf(`{"%s":%d`, versionName, SchemaVersion)
	if endpoint != "" {
		name, err := json.Marshal(endpoint)
		if err != nil {
			return nil, fmt.Errorf("cannot encode the address: %w", err)
		}
		head += fmt.Sprintf(`,"%s":%s`, endpointName, name)
	}
	if raw[1] != '}' {
		head += ","
	}
	return append([]byte(head), raw[1:]...), nil
}

// served is the address that answered last, where there are several.
func (c *Console) served() string {
	if c.endpoint == nil {
		return ""
	}
	return c.endpoint()
}

// indent is for people, so it also escapes.
func indent(doc []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, doc, "", "  ") != nil {
		return doc
	}
	return escaped(b.Bytes())
}

// escaped hides what encoding/json lets through and a terminal would act on; the values stay the same.
func escaped(doc []byte) []byte {
	var safe bytes.Buffer
	for _, r := range string(doc) {
		if r != '\n' && dangerous(r) {
			fmt.Fprintf(&safe, `\u%04x`, r)
			continue
		}
		safe.WriteRune(r)
	}
	return safe.Bytes()
}

// ErrorDocument is an error as JSON.
type ErrorDocument struct {
	Error Failure `json:"error" doc:"what went wrong"`
}

// Failure is one error as it is told: the fact, the next move, and what a program wants to know.
type Failure struct {
	// Category is the stable word for the exit code, such as "usage" or "unreachable".
	Category string `json:"category" doc:"stable word for the kind of failure, one for each exit code"`
	// Code is the exit code.
	Code int `json:"code" doc:"the exit code"`
	// Fact is one line about this machine or this platform.
	Fact string `json:"message" doc:"what happened, one line"`
	// Hint is one line with a command to type, or empty.
	Hint string `json:"hint,omitempty" doc:"what to type next"`
	// HTTPStatus is the platform's answer, or 0.
	HTTPStatus int `json:"http_status,omitempty" doc:"status of the platform's answer, absent when there was none"`
	// Fields are the platform's words for each refused field.
	Fields map[string][]string `json:"fields,omitempty" doc:"the platform's words for each field it refused"`
	// Retryable says whether the same command may succeed later without a change, and does no harm when it is repeated.
	Retryable bool `json:"retryable" doc:"true when the same command may simply be run again later"`
}

// Fail writes an error to stderr: two lines for people, one object under "error" with JSON. Nothing silences it.
func (c *Console) Fail(f Failure) {
	f.Fact, f.Hint = Clean(f.Fact), Clean(f.Hint)
	c.LetGo()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stepAside()
	if c.waiting.Load() {
		if c.opts.Restore != nil {
			c.opts.Restore()
		}
		// The line of the question is not ended by anybody else.
		_, _ = io.WriteString(c.opts.Err, "\n")
	}
	if c.json {
		raw, _ := json.Marshal(ErrorDocument{f})
		if c.opts.ErrTTY {
			raw = escaped(raw)
		}
		_, _ = c.opts.Err.Write(append(raw, '\n'))
		return
	}
	_, _ = fmt.Fprintln(c.opts.Err, c.paint(c.errColor, "rvmctl: error: ", bad)+f.Fact)
	if f.Hint != "" {
		_, _ = fmt.Fprintln(c.opts.Err, c.paint(c.errColor, "rvmctl: hint: ", dim)+f.Hint)
	}
}
