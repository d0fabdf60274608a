package sandbox

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// wantsJSON tells API clients from browsers: the most wanted media type speaks of JSON, or a script asks for anything.
func (c *call) wantsJSON() bool {
	first := preferredMedia(c.r.Header.Get("Accept"))
	if strings.Contains(first, "/json") || strings.Contains(first, "+json") {
		return true
	}
	anything := first == "" || first == "*/*" || first == "*"
	return anything && c.r.Header.Get("X-Requested-With") == "XMLHttpRequest"
}

// preferredMedia returns the media type with the highest weight, the first of equals.
func preferredMedia(accept string) string {
	best, bestWeight := "", -1.0
	for part := range strings.SplitSeq(accept, ",") {
		media, params, _ := strings.Cut(part, ";")
		weight := 1.0
		if q, found := strings.CutPrefix(strings.TrimSpace(params), "q="); found {
			weight, _ = strconv.ParseFloat(q, 64)
		}
		if weight > bestWeight {
			best, bestWeight = strings.ToLower(strings.TrimSpace(media)), weight
		}
	}
	return best
}

// root is the address the request was sent to, without a path.
func (c *call) root() string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host
}

// query reads a value of the address as the platform's middleware leaves it: without blanks and NULs at its ends.
func (c *call) query(name string) string { return phpString(tidy(c.r.URL.Query().Get(name), true)) }

var numericString = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$`) })

// pathInt reads a path parameter declared as int: PHP also takes fractions and exponents and cuts them off, and throws
// for everything else and for what does not fit.
func pathInt(text string) (int64, bool) {
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return whole, true
	}
	if !numericString().MatchString(text) {
		return 0, false
	}
	float, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.Abs(float) >= math.MaxInt64 {
		return 0, false
	}
	return int64(float), true
}

// id reads the first path parameter; without a usable one the answer is the server error in refusal.
func (c *call) id() (id int64, refusal *reply) {
	id, good := pathInt(c.params[0])
	if !good {
		answer := c.serverError()
		return 0, &answer
	}
	return id, nil
}

// databaseID reads a path parameter that reaches the database as text, which takes whole numbers only.
func (c *call) databaseID() (id int64, refusal *reply) {
	id, err := strconv.ParseInt(c.params[0], 10, 64)
	if err != nil {
		answer := c.serverError()
		return 0, &answer
	}
	return id, nil
}
