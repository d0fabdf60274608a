package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits of faults: what an operator could have meant.
const (
	maxFaults     = 100
	maxFaultText  = 200
	maxFaultTimes = 1_000_000
	maxLatency    = 30 * time.Second
	maxRetryAfter = 3600 // seconds
)

// Fault is one way to misbehave on purpose, written <where>=<what>[x<times>][@<probability>%]: deposits=503x2.
type Fault struct {
	text       string
	places     []place
	what       string // a word of faultWords, or "status"
	status     int
	retryAfter int           // seconds; -1 when it was not said
	low, high  time.Duration // of latency
	times      int           // 0 means always
	percent    int           // 100 means surely
}

// String is the fault as it was written.
func (f Fault) String() string { return f.text }

// FaultError says why a text is no fault and what would be one.
type FaultError struct {
	Text, Reason, Possible string
}

// Error names the text, what is wrong with it, and what is possible.
func (e *FaultError) Error() string {
	return fmt.Sprintf("fault %.60q: %s; possible: %s", e.Text, e.Reason, e.Possible)
}

// faultWords are what can go wrong, beside statuses and latency.
//
//	drop-request      hang up before anything is done
//	drop-response     do it, then hang up without an answer
//	500-after-commit  do it, then say that it failed
//	truncate          do it, then send half of the answer, with the length of that half
//	double-encode     do it, then send the JSON of the answer inside a JSON string
//	empty             do it, then send no body
//	html-200          somebody else's web page with status 200
//	redirect-login    302 to a login page
//	race              hold a process or claim between reading and writing until a second one is there
func faultWords() []string {
	return []string{"drop-request", "drop-response", "500-after-commit", "truncate", "double-encode", "empty", "html-200",
		"redirect-login", "race"}
}

const possibleWhat = "a status (204, 400 to 599), 429(retry-after=2), 503(retry-after=2), latency=2s, latency=1s-3s, "

// ParseFault reads one fault. It returns a *FaultError that lists what is possible.
func ParseFault(text string) (Fault, error) {
	f := Fault{text: text, retryAfter: -1, percent: 100}
	refuse := func(reason, possible string) (Fault, error) {
		return Fault{}, &FaultError{Text: text, Reason: reason, Possible: possible}
	}
	where, what, found := strings.Cut(text, "=")
	if !found || len(text) > maxFaultText {
		return refuse("it is not <where>=<what>", "deposits=503x2, POST:/api/v2/deposits=drop-response, all=latency=2s@50%")
	}
	if f.places = placesOf(where); f.places == nil {
		return refuse(fmt.Sprintf("nothing is called %.40q", where),
			strings.Join(FaultPlaces(), ", ")+", METHOD:/path with * for one part and ** for the rest")
	}
	what, reason := f.howOften(what)
	if reason != "" {
		return refuse(reason, "x1 to x1000000, then @1% to @100%")
	}
	if !f.kind(what) {
		return refuse(fmt.Sprintf("nothing goes wrong like %.40q", what), possibleWhat+strings.Join(faultWords(), ", "))
	}
	return f, nil
}

var (
	often      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*?)(?:x(\d{1,7}))?(?:@(\d{1,3})%)?$`) })
	statusWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\d{3})(?:\(retry-after=(\d{1,4})\))?$`) })
)

// howOften takes times and probability off the end.
func (f *Fault) howOften(what string) (rest, reason string) {
	m := often().FindStringSubmatch(what)
	if m == nil {
		return "", "it has several lines"
	}
	if m[2] != "" {
		f.times, _ = strconv.Atoi(m[2])
		if f.times < 1 || f.times > maxFaultTimes {
			return "", "x" + m[2] + " is no number of times"
		}
	}
	if m[3] != "" {
		f.percent, _ = strconv.Atoi(m[3])
		if f.percent < 1 || f.percent > 100 {
			return "", "@" + m[3] + "% is no probability"
		}
	}
	return m[1], ""
}

// kind reads what goes wrong.
func (f *Fault) kind(what string) bool {
	if span, latency := strings.CutPrefix(what, "latency="); latency {
		f.what = "latency"
		return f.delay(span)
	}
	m := statusWord().FindStringSubmatch(what)
	if m == nil {
		f.what = what
		return slices.Contains(faultWords(), what)
	}
	f.what = "status"
	f.status, _ = strconv.Atoi(m[1])
	if m[2] != "" {
		f.retryAfter, _ = strconv.Atoi(m[2])
	}
	waits := f.status == 429 || f.status == 503
	return (f.status == 204 || f.status >= 400 && f.status <= 599) && (m[2] == "" || waits) && f.retryAfter <= maxRetryAfter
}

func (f *Fault) delay(span string) bool {
	from, to, ranged := strings.Cut(span, "-")
	if !ranged {
		to = from
	}
	low, err := time.ParseDuration(from)
	high, highErr := time.ParseDuration(to)
	f.low, f.high = low, high
	return err == nil && highErr == nil && low > 0 && low <= high && high <= maxLatency
}

// place is a method and a path; "" is any method, "*" any one segment, "**" any segments at the end.
type place struct {
	method   string
	segments []string
}

func at(text string) place {
	method, path, _ := strings.Cut(text, ":")
	return place{method, segmentsOf(path)}
}

func (p place) matches(method string, path []string) bool {
	if p.method != "" && p.method != method {
		return false
	}
	for i, want := range p.segments {
		if want == "**" {
			return true
		}
		if i >= len(path) || want != "*" && want != path[i] {
			return false
		}
	}
	return len(path) == len(p.segments)
}

// namedPlaces are the resources that a fault can name.
func namedPlaces() map[string][]string {
	return map[string][]string{
		"all":     {":/**"},
		"auth":    {":/api/v2/auth/**", ":/api/user"},
		"balance": {":/api/v2/user/**"},
		"claim":   {"POST:/api/v2/rvm/session/claim", "POST:/api/v2/rvm/session/activate-guest"},
		"commands": {":/api/rvm/*/execute-command", ":/api/v2/rvms/*/execute-command", ":/api/rvm/*/recent-commands",
			":/api/v2/rvms/*/recent-commands", ":/api/rvm/*/command/**", ":/api/v2/rvms/*/command/**"},
		"deposits":   {":/api/v2/deposits/**", ":/api/v2/deposits"},
		"detections": {":/api/v2/detection-results/**", ":/api/v2/trigger-processing", ":/api/v2/processing-history"},
		"devices":    {":/api/rvm/generate-token", ":/api/rvm/validate-token", ":/api/rvm/revoke-token", ":/api/v2/rvm/self/**"},
		"engines":    {":/api/v2/processing-engines/**", ":/api/v2/processing-engines"},
		"health":     {":/up", ":/api/health-check", ":/api/status"},
		"metrics":    {":/api/v2/rvms/*/metrics/**", ":/api/v2/rvms/*/metrics", ":/api/rvm/*/metrics", ":/api/rvm/*/store-metrics"},
		"process":    {"POST:/api/v2/deposits/*/process"},
		"remote":     {":/api/v2/rvms/*/remote-access/**"},
		"rvms": {":/api/v2/rvms", ":/api/v2/rvms/*", ":/api/v2/rvms/*/statistics", ":/api/v2/rvms/*/status",
			":/api/v2/rvms/*/regenerate-api-key", ":/api/v2/admin/rvm/**", ":/api/v2/rvm-status/*"},
		"sessions": {":/api/v2/rvm/session/**"},
		"uploads":  {":/api/v2/upload"},
	}
}

// FaultPlaces lists the resources that a fault can name, in alphabetical order.
func FaultPlaces() []string {
	names := make([]string, 0, len(namedPlaces()))
	for name := range namedPlaces() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

var written = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\*|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS):/[!-~]*$`)
})

// placesOf reads a resource's name or a written place; nil when it is neither.
func placesOf(where string) (places []place) {
	if written().MatchString(where) {
		p := at(where)
		if p.method == "*" {
			p.method = ""
		}
		return []place{p}
	}
	for _, text := range namedPlaces()[where] {
		places = append(places, at(text))
	}
	return places
}
