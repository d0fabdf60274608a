package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// maxInput is what the platform's web server takes, in bytes.
const maxInput = 8 << 20

// fieldName is what may stand before the sign: a name of the platform, with brackets in a query.
var fieldName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.\[\]-]{0,99}$`) })

// field is one --field.
type field struct {
	name string
	// value is JSON; a text is a JSON string.
	value json.RawMessage
	// text is what a query carries of it.
	text string
}

// call puts the call together from what was typed.
func (o *Options) call() (platform.RawCall, error) {
	c := platform.RawCall{Method: strings.ToUpper(o.Method), Path: o.Path, Anonymous: o.Anonymous}
	if o.Paginate && c.Method != "GET" {
		return c, toolbox.Usage("--paginate only goes with GET", "type: rvmctl api GET "+o.Path+" --paginate")
	}
	if err := checkPath(o.Path); err != nil {
		return c, err
	}
	fields, err := parseFields(o.Fields)
	if err != nil {
		return c, err
	}
	asQuery := c.Method == "GET" || c.Method == "DELETE"
	switch {
	case o.Input != "" && c.Method == "GET":
		return c, toolbox.Usage("--input does not go with GET", "use --field for the query")
	case o.Input != "" && len(fields) > 0 && !asQuery:
		return c, toolbox.Usage("--input and --field both make the body", "give one of them")
	}
	if asQuery {
		c.Query, err = query(fields)
	} else if len(fields) > 0 {
		c.Body, err = object(fields)
	}
	if err == nil && o.Input != "" {
		c.Body, err = o.read()
	}
	return c, err
}

func parseFields(words []string) ([]field, error) {
	fields := make([]field, 0, len(words))
	for _, word := range words {
		f, err := parseField(word)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// parseField does not repeat the value, which may be a secret.
func parseField(word string) (f field, err error) {
	const form = "write --field name=text, or --field weight:=0.5 for a number, true, false, null or other JSON"
	name, value, found := strings.Cut(word, "=")
	if !found {
		return f, toolbox.Usage("a --field has no =", form)
	}
	name, typed := strings.CutSuffix(name, ":")
	switch {
	case !fieldName().MatchString(name):
		return f, toolbox.Usage(fmt.Sprintf("--field %q is no name of a field", name), form)
	case secretName(name):
		return f, exposed("--field " + name)
	}
	f = field{name: name, text: value}
	if !typed {
		if holdsSecret(value) {
			return f, exposed("--field " + name)
		}
		f.value, err = json.Marshal(value)
		return f, err
	}
	if !json.Valid([]byte(value)) {
		return f, toolbox.Usage("--field "+name+":= is followed by something that is no JSON", form)
	}
	f.text = strings.TrimSpace(value)
	f.value = json.RawMessage(f.text)
	if platform.HoldsSecret(f.value) {
		return f, exposed("--field " + name)
	}
	return f, nil
}

// secretName also looks at the parts of a name that stand in brackets or between dots.
func secretName(name string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(name, func(r rune) bool { return r == '[' || r == ']' || r == '.' }), platform.SecretName)
}

func exposed(what string) error {
	return toolbox.Usage(what+" would show a secret to everybody who can list processes", "put it into the JSON of --input -")
}

// checkPath refuses a secret in the query, which the platform's web server would also write into its log.
func checkPath(path string) error {
	_, query, _ := strings.Cut(path, "?")
	// What cannot be read is refused with the rest of the path.
	values, _ := url.ParseQuery(query)
	for name, texts := range values {
		if secretName(name) || slices.ContainsFunc(texts, holdsSecret) {
			return exposed("the query of the path")
		}
	}
	return nil
}

func holdsSecret(text string) bool {
	raw, err := json.Marshal(text)
	return err == nil && platform.HoldsSecret(raw)
}

// query is fields as GET and DELETE carry them.
func query(fields []field) (url.Values, error) {
	values := url.Values{}
	for _, f := range fields {
		if strings.ContainsAny(string(f.value[:1]), "[{") {
			return nil, toolbox.Usage("--field "+f.name+" cannot be a list or an object in a query", "give single values, such as --field "+f.name+"=1")
		}
		text := f.text
		if f.value[0] == '"' {
			if err := json.Unmarshal(f.value, &text); err != nil {
				return nil, err
			}
		}
		values.Add(f.name, text)
	}
	return values, nil
}

// object is fields as a JSON object, in the order in which they were typed.
func object(fields []field) (json.RawMessage, error) {
	seen := map[string]bool{}
	parts := make([]string, 0, len(fields))
	for _, f := range fields {
		if seen[f.name] {
			return nil, toolbox.Usage("--field "+f.name+" is given twice", "a list is written --field "+f.name+`:='["a","b"]'`)
		}
		seen[f.name] = true
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, string(name)+":"+string(f.value))
	}
	return json.RawMessage("{" + strings.Join(parts, ",") + "}"), nil
}

// read takes the body from --input.
func (o *Options) read() (json.RawMessage, error) {
	source, name := o.Console.In(), "standard input"
	if o.Input != "-" {
		name = o.Input
		st, err := os.Stat(o.Input)
		if err == nil && !st.Mode().IsRegular() {
			err = errors.New("it is no regular file")
		}
		if err != nil {
			return nil, unreadable(name, err)
		}
		f, err := os.Open(o.Input)
		if err != nil {
			return nil, unreadable(name, err)
		}
		defer func() { _ = f.Close() }()
		source = f
	}
	raw, err := io.ReadAll(io.LimitReader(source, maxInput+1))
	switch {
	case err != nil:
		return nil, unreadable(name, err)
	case len(raw) > maxInput:
		return nil, toolbox.Usage(name+" holds more than 8 MiB, which the platform does not take", "send less")
	case len(strings.TrimSpace(string(raw))) == 0:
		return nil, toolbox.Usage(name+" is empty", "give it one JSON value")
	}
	return raw, nil
}

func unreadable(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return toolbox.Usage(fmt.Sprintf("cannot read %s: %v", name, err), "--input takes a file, or - for standard input")
}
