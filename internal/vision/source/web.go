package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// foreignError says that a web server answers with something other than pictures, which OpenCV may read.
type foreignError struct{ kind string }

func (e *foreignError) Error() string { return "answers with " + e.kind }

func isForeign(err error) bool {
	var foreign *foreignError
	return errors.As(err, &foreign)
}

const (
	// maxRedirects bounds how often a server may send us elsewhere, which is only within itself.
	maxRedirects = 3
	// maxAnswerHeader bounds the header of the answer, in bytes.
	maxAnswerHeader = 64 << 10
)

// openWeb asks a web server for pictures: one, or a stream of them (multipart/x-mixed-replace). A user and password in the
// URL are sent as basic authentication. ctx is the life of the whole connection.
//
// The error is *VideoError, or *foreignError for what is no picture.
func openWeb(ctx context.Context, address string, o StreamOptions, s *shelf) (grabber, error) {
	name := streamName(address)
	fault := func(reason string) error { return &VideoError{Source: name, Reason: reason} }
	target, err := url.Parse(address)
	if err != nil || target.Host == "" {
		return nil, fault("not a URL")
	}
	ctx, cancel := context.WithCancel(ctx)
	res, err := ask(ctx, target, o.pace) //nolint:bodyclose // webBody closes it, below or with the grabber
	if err != nil {
		cancel()
		return nil, fault(webReason(err))
	}
	body := &webBody{res.Body, cancel}
	g, err := answered(res, body, name, o, s)
	if err != nil {
		body.close()
		if isForeign(err) {
			return nil, err
		}
		return nil, fault(err.Error())
	}
	return g, nil
}

// webBody is the rest of an answer, and what ends it.
type webBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *webBody) close() {
	b.cancel()
	_ = b.Close()
}

func ask(ctx context.Context, target *url.URL, p pace) (*http.Response, error) {
	plain := *target
	plain.User = nil
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, plain.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "rvmctl")
	req.Header.Set("Accept", "multipart/x-mixed-replace, image/jpeg, image/png, */*;q=0.1")
	req.Header.Set("Accept-Encoding", "identity")
	if target.User != nil {
		password, _ := target.User.Password()
		req.SetBasicAuth(target.User.Username(), password)
	}
	// A proxy has nothing to do with a camera: it stands beside the machine.
	transport := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: p.stall}).DialContext,
		TLSHandshakeTimeout:    p.stall,
		ResponseHeaderTimeout:  p.stall,
		MaxResponseHeaderBytes: maxAnswerHeader,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		ReadBufferSize:         4 << 10, // pictures are read in large pieces past it
	}
	client := &http.Client{Transport: transport, CheckRedirect: sameServer}
	return client.Do(req)
}

// sameServer lets a server send us elsewhere only within itself, and never from TLS to plain text: the password goes along.
func sameServer(req *http.Request, via []*http.Request) error {
	from := via[0].URL
	switch {
	case len(via) > maxRedirects:
		return errors.New("sends us elsewhere again and again")
	case req.URL.Hostname() != from.Hostname(), req.URL.Port() != from.Port(), req.URL.Scheme != from.Scheme:
		return fmt.Errorf("sends us to another server: %s", streamName(req.URL.Scheme+"://"+req.URL.Host))
	}
	return nil
}

// answered looks at the head of an answer. Its errors lack the name of the source.
func answered(res *http.Response, body *webBody, name string, o StreamOptions, s *shelf) (grabber, error) {
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(refusal(res))
	}
	if coding := res.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, fmt.Errorf("packs its answer (%.40q), which was not asked for", coding)
	}
	kind, boundary, err := contentType(res.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	switch {
	case kind == "multipart/x-mixed-replace", kind == "multipart/mixed":
		parts, err := newPartReader(body, boundary, o.Limits.MaxBytes, s)
		if err != nil {
			return nil, err
		}
		return &mjpegGrabber{name: name, parts: parts, body: body, limits: o.Limits}, nil
	case kind == "image/jpeg", kind == "image/jpg", kind == "image/png":
		if res.ContentLength > o.Limits.MaxBytes {
			return nil, fmt.Errorf("picture larger than the limit of %s", megabytes(o.Limits.MaxBytes))
		}
		return &onePicture{name: name, body: body, limit: o.Limits.MaxBytes, patience: 3 * o.pace.stall}, nil
	case strings.HasPrefix(kind, "text/"), strings.HasPrefix(kind, "image/"), kind == "application/json", kind == "application/xml":
		return nil, fmt.Errorf("answers with %.60q, which is neither a picture nor a video", kind)
	}
	return nil, &foreignError{kind}
}

func refusal(res *http.Response) string {
	switch res.StatusCode {
	case http.StatusUnauthorized:
		scheme, _, _ := strings.Cut(res.Header.Get("WWW-Authenticate"), " ")
		switch {
		case scheme != "" && !strings.EqualFold(scheme, "basic"):
			return fmt.Sprintf("wants a password in another way than basic authentication (%.20q)", scheme)
		case res.Request.Header.Get("Authorization") == "":
			return "wants a user and a password: http://USER:PASSWORD@…"
		}
		return "refuses the user or the password"
	case http.StatusServiceUnavailable:
		return "answers 503 Service Unavailable: it may serve one viewer at a time"
	}
	return strings.TrimSpace(fmt.Sprintf("answers %d %s", res.StatusCode, http.StatusText(res.StatusCode)))
}

// contentType reads the type of an answer and, of a multipart one, its boundary. Some cameras write boundaries that ought to
// be in quotes and are not.
func contentType(header string) (kind, boundary string, err error) {
	kind, rest, _ := strings.Cut(header, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if !strings.HasPrefix(kind, "multipart/") {
		return kind, "", nil
	}
	if _, params, err := mime.ParseMediaType(header); err == nil {
		boundary = params["boundary"]
	} else if i := strings.Index(strings.ToLower(rest), "boundary="); i >= 0 {
		boundary, _, _ = strings.Cut(rest[i+len("boundary="):], ";")
		boundary = strings.Trim(boundary, " \t\"")
	}
	if boundary == "" {
		return kind, "", errors.New("names no boundary between its pictures")
	}
	return kind, boundary, nil
}

// webReason is an error of the client without the address, which may hold a password.
func webReason(err error) string {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer in time"
	}
	if outer != nil && strings.Contains(err.Error(), "Location header") {
		return "sends us to an address that is none" // Which one is not shown: servers put passwords and tokens into it.
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection ended within a picture"
	}
	return err.Error()
}

// onePicture is a web server that answers with one picture.
type onePicture struct {
	name     string
	body     *webBody
	limit    int64
	patience time.Duration
	given    bool
}

func (p *onePicture) grab() (shot, error) {
	if p.given {
		return shot{}, io.EOF
	}
	p.given = true
	late := time.AfterFunc(p.patience, p.body.cancel)
	defer late.Stop()
	data, err := io.ReadAll(io.LimitReader(p.body, p.limit+1))
	switch {
	case err != nil:
		return shot{}, &VideoError{Source: p.name, Reason: "the picture did not arrive whole: " + webReason(err)}
	case int64(len(data)) > p.limit:
		return shot{}, &VideoError{Source: p.name, Reason: "picture larger than the limit of " + megabytes(p.limit)}
	}
	return shot{data: data}, nil
}

func (p *onePicture) facts() grabFacts { return grabFacts{Backend: "http"} }

func (p *onePicture) close() { p.body.close() }
