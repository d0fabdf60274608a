package sandbox

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/exchanges"
)

// excused are the recorded exchanges that the sandbox does not answer like the real server, by name or by path, and why.
// Whatever is not here must match.
var excused = []struct{ name, path, why string }{
	{"", "/api/v2/vouchers", "vouchers are not served: nothing of rvmctl sells or redeems anything"},
	{"", "/api/v2/analytics", "analytics are not served: they are figures for the console"},
	{"", "/api/v2/tenants", "tenants are not served: administration belongs to the console"},
	{"", "/api/v2/users", "users are not served: administration belongs to the console"},
	{"", "/api/v2/gemini", "the AI routes are not served: without a key of the server they only fail"},
	{"", "/api/v2/admin/dashboard", "the dashboard is not served: it is figures for the console"},
	{"", "/api/v2/admin/users", "users are not served: administration belongs to the console"},
	{"", "/api/v2/admin/settings", "settings of the server are not served: they mirror one installation"},
}

// replay carries what the recorder left out: real tokens behind the placeholders, real session tokens.
type replay struct {
	*platform
	tokens   map[string]string // "2" -> "2|secret"
	sessions map[string]string // recorded -> real
}

func TestReplayOfTheRecordedServer(t *testing.T) {
	t.Parallel()
	all, err := exchanges.All()
	if err != nil {
		t.Fatal(err)
	}
	r := &replay{platform: open(t), tokens: map[string]string{}, sessions: map[string]string{}}
	matched, differ := 0, map[string][]string{}
	for _, x := range all {
		r.before(x)
		problems := compare(x, r.play(x))
		why := excuse(x)
		switch {
		case len(problems) == 0 && why != "":
			t.Errorf("%s matches, and is excused because %s", x.Name, why)
		case len(problems) == 0:
			matched++
		case why == "":
			t.Errorf("%s differs: %s", x.Name, strings.Join(problems, "; "))
		default:
			differ[why] = append(differ[why], x.Name)
		}
	}
	for _, one := range excused {
		if len(differ[one.why]) == 0 {
			t.Errorf("nothing differs because %s", one.why)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(differ)) {
		for _, name := range differ[why] {
			t.Logf("differs: %s: %s", name, why)
		}
	}
	t.Logf("%d / %d recorded exchanges are answered alike", matched, len(all))
}

// excuse is why an exchange may differ, or "".
func excuse(x exchanges.Exchange) string {
	for _, one := range excused {
		if one.name == x.Name || one.path != "" && strings.HasPrefix(x.Request.Path, one.path) {
			return one.why
		}
	}
	return ""
}

// before does what happened outside the record.
func (r *replay) before(x exchanges.Exchange) {
	r.clock.advance(137 * time.Millisecond)
	switch x.Name {
	case "route_404":
		for number, email := range map[string]string{
			"6": "john.doe@example.com", "7": "manager@mallkelapagading.com", "8": "operator@myrvm.com"} {
			r.tokens[number] = r.login(email)
		}
	case "session_status_expired_still_active":
		err := r.store.update(r.t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec("UPDATE rvm_sessions SET expires_at = ? WHERE session_token = ?",
				r.now().Unix()-3600, r.sessions["00000003-0000-4000-8000-000000000003"])
			return err
		})
		if err != nil {
			r.t.Fatal(err)
		}
	case "deposit_process_completed_ok":
		r.clock.advance(3 * time.Second)
	}
}

var (
	bearerPlaceholder = regexp.MustCompile(`^(bearer|Bearer) (\d+)\|x+$`)
	sessionMark       = regexp.MustCompile(`0000000\d-0000-4000-8000-00000000000\d`)
)

func (r *replay) play(x exchanges.Exchange) answer {
	body := r.body(x)
	req, err := http.NewRequest(x.Request.Method, r.url, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	target := sessionMark.ReplaceAllStringFunc(x.Request.Path, r.session)
	if req.URL, err = url.Parse(r.url + target); err != nil {
		r.t.Fatal(err)
	}
	for name, value := range x.Request.Headers {
		if m := bearerPlaceholder.FindStringSubmatch(value); m != nil && r.tokens[m[2]] != "" {
			value = m[1] + " " + r.tokens[m[2]]
		}
		if !strings.EqualFold(name, "Host") && !strings.EqualFold(name, "Content-Length") {
			req.Header.Set(name, value)
		}
	}
	got := r.do(req)
	r.learn(x, got)
	return got
}

func (r *replay) session(mark string) string {
	if known := r.sessions[mark]; known != "" {
		return known
	}
	return mark
}

func (r *replay) body(x exchanges.Exchange) []byte {
	password := DemoPassword
	if x.Name == "rate_limit_probe_login_16th_failure" {
		password = "not-the-password"
	}
	body := bytes.ReplaceAll(x.Request.Body, []byte(`<password>`), []byte(password))
	body = bytes.ReplaceAll(body, []byte(`<pass\u0000word>`), []byte(password[:4]+`\u0000`+password[4:]))
	return sessionMark.ReplaceAllFunc(body, func(mark []byte) []byte { return []byte(r.session(string(mark))) })
}

// learn keeps the tokens that the record shows as placeholders.
func (r *replay) learn(x exchanges.Exchange, got answer) {
	if token, is := got.get("data.token").(string); is {
		number, _, _ := strings.Cut(token, "|")
		r.tokens[number] = token
	}
	if x.Request.Path == "/api/v2/rvm/session/create" && x.Response.Status == http.StatusOK {
		mark := string(sessionMark.Find(x.Response.Body))
		r.sessions[mark], _ = got.get("data.session_token").(string)
	}
}

// compare names what differs between the recorded and the given answer.
func compare(x exchanges.Exchange, got answer) (problems []string) {
	if got.status != x.Response.Status {
		return []string{fmt.Sprintf("status %d, recorded %d", got.status, x.Response.Status)}
	}
	recorded := http.Header{}
	for name, value := range x.Response.Headers {
		recorded.Set(name, value)
	}
	if a, b := mediaOf(got.header), mediaOf(recorded); a != b {
		problems = append(problems, fmt.Sprintf("media %s, recorded %s", a, b))
	}
	if a, b := allowed(got.header), allowed(recorded); a != b {
		problems = append(problems, fmt.Sprintf("allow %s, recorded %s", a, b))
	}
	if a, b := pathOf(got.header), pathOf(recorded); a != b {
		problems = append(problems, fmt.Sprintf("location %s, recorded %s", a, b))
	}
	if mediaOf(recorded) != "application/json" || len(x.Response.Body) == 0 {
		return problems
	}
	var want any
	dec := json.NewDecoder(bytes.NewReader(x.Response.Body))
	dec.UseNumber()
	if err := dec.Decode(&want); err != nil {
		return append(problems, "unreadable record: "+err.Error())
	}
	uncaught := x.Config != "" || x.Response.Status == 500
	if bytes.HasPrefix(x.Response.Body, []byte("{\n")) != strings.HasPrefix(got.raw, "{\n") {
		problems = append(problems, "layout differs")
	}
	return append(problems, diff("", want, got.json, uncaught)...)
}

func mediaOf(h http.Header) string {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media
}

func allowed(h http.Header) string {
	methods := strings.FieldsFunc(h.Get("Allow"), func(r rune) bool { return r == ',' || r == ' ' })
	sort.Strings(methods)
	return strings.Join(methods, " ")
}

func pathOf(h http.Header) string {
	location, err := url.Parse(h.Get("Location"))
	if err != nil || location.Path == "/" {
		return ""
	}
	return location.Path
}

// volatile are the values that may differ: times, secrets, generated ids, random balances and sums over them, addresses,
// and the text of caught and uncaught exceptions. Everything else must be equal, and of these at least the type.
var volatile = []string{
	"created_at", "updated_at", "expires_at", "claimed_at", "processed_at", "email_verified_at", "last_status_change",
	"analysis_timestamp", "changed_at", "date", "token", "access_token", "access_url", "api_key", "session_token",
	"session_id", "current_balance", "amount", "balance_before", "balance_after", "total_credits", "total_debits",
	"net_balance", "net_change", "credits", "debits", "credit_count", "debit_count", "description", "source_id",
	"source_type", "first_page_url", "last_page_url", "next_page_url", "prev_page_url", "path", "url", "error",
	"error_file", "error_line", "avg_processing_time",
}

var decimalText = regexp.MustCompile(`^-?\d+\.(\d+)$`)

func diff(path string, want, got any, uncaught bool) (problems []string) {
	if kind(want) != kind(got) {
		return []string{fmt.Sprintf("%s is %s, recorded %s", path, kind(got), kind(want))}
	}
	switch want := want.(type) {
	case map[string]any:
		got := got.(map[string]any)
		if a, b := keys(got), keys(want); a != b {
			return []string{fmt.Sprintf("%s has keys {%s}, recorded {%s}", path, a, b)}
		}
		for key := range want {
			problems = append(problems, diff(path+"."+key, want[key], got[key], uncaught)...)
		}
	case []any:
		got := got.([]any)
		if strings.HasSuffix(path, ".daily_changes") {
			want, got = want[:min(1, len(want))], got[:min(1, len(got))]
		}
		if len(want) != len(got) {
			return []string{fmt.Sprintf("%s has %d entries, recorded %d", path, len(got), len(want))}
		}
		for i := range want {
			row := fmt.Sprintf("%s[%d]", path, i)
			problems = append(problems, diff(row, want[i], counterpart(row, want[i], got, i), uncaught)...)
		}
	case string:
		problems = append(problems, diffText(path, want, got.(string), uncaught)...)
	default:
		if valueCounts(path) && fmt.Sprint(want) != fmt.Sprint(got) {
			problems = append(problems, fmt.Sprintf("%s = %v, recorded %v", path, got, want))
		}
	}
	return problems
}

func diffText(path, want, got string, uncaught bool) []string {
	a, b := decimalText.FindStringSubmatch(got), decimalText.FindStringSubmatch(want)
	if len(a) != len(b) || len(a) > 1 && len(a[1]) != len(b[1]) {
		return []string{fmt.Sprintf("%s = %q, recorded %q", path, got, want)}
	}
	if uncaught && path == ".message" && got == "Server Error" {
		return nil
	}
	if valueCounts(path) && got != want {
		return []string{fmt.Sprintf("%s = %q, recorded %q", path, got, want)}
	}
	return nil
}

// counterpart finds the row to compare with. Where rows of one second have no order, that is the row with the same id;
// a row that stands on another page here is compared with itself, for nothing can be said about it.
func counterpart(path string, want any, got []any, i int) any {
	row, is := want.(map[string]any)
	if !is || row["id"] == nil || !unordered.MatchString(path) {
		return got[i]
	}
	same := slices.IndexFunc(got, func(one any) bool {
		other, is := one.(map[string]any)
		return is && other["id"] == row["id"]
	})
	switch {
	case same >= 0:
		return got[same]
	case keys(row) == keys(asRow(got[i])):
		return want
	}
	return got[i]
}

func asRow(value any) map[string]any {
	row, _ := value.(map[string]any)
	return row
}

// unordered are lists whose rows share a second, so that the record shows one accidental order and page.
var unordered = regexp.MustCompile(`^\.data(\.data)?\[\d+\]|recent_transactions\[\d+\]|recent_deposits\[\d+\]`)

func valueCounts(path string) bool {
	return !slices.Contains(volatile, path[strings.LastIndexByte(path, '.')+1:]) && !generatedID.MatchString(path)
}

// generatedID matches the integer that a session's random UUID is cast to, and the kinds of the random transactions.
var generatedID = regexp.MustCompile(`recent_transactions\[\d+\]\.type$|^\.data\.id$|sessions\[\d+\]\.id$|recent_activity\[\d+\]\.id$`)

// kind is the JSON type; a whole number counts as a number like any other.
func kind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "[]"
	}
	return "{}"
}

func keys(m map[string]any) string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}
