package network_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/network"
)

// service is a small fake of the ZeroTier service's local interface, in the form that its own documents give.
func service(t *testing.T, answers map[string]string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-ZT1-Auth") != "tokentokentokentoken1234" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte("{}"))
			return
		}
		if answers[r.URL.Path] == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(answers[r.URL.Path]))
	}))
	t.Cleanup(server.Close)
	return server
}

func whole() map[string]string {
	return map[string]string{
		"/status": `{"address":"87c29dbef6","clock":1656442822510,"config":{"settings":{"primaryPort":9993}},"online":true,"tcpFallbackActive":false,"version":"1.14.2"}`,
		"/network": `[{"id":"8056c2e21c84a027","nwid":"8056c2e21c84a027","name":"rvm","status":"OK","type":"PRIVATE","assignedAddresses":["172.28.93.97/16"],"routes":[{"target":"172.28.0.0/16","via":null}]},
			{"id":"8056c2e21c000001","name":"","status":"ACCESS_DENIED","assignedAddresses":[]},{"id":"nonsense","status":"OK"}]`,
		"/peer": `[{"address":"62f865ae71","role":"PLANET","latency":80,"paths":[{"active":true,"address":"50.7.252.138/9993","expired":false,"preferred":true}]},
			{"address":"aaaaaaaaaa","role":"LEAF","latency":12,"version":"1.14.2","paths":[{"active":true,"address":"203.0.113.5/9993","expired":false,"preferred":true}]},
			{"address":"bbbbbbbbbb","role":"LEAF","latency":-1,"paths":[]},
			{"address":"cccccccccc","role":"LEAF","latency":200,"tunneled":true,"paths":[{"address":"203.0.113.6/443","expired":false,"preferred":true}]},
			{"address":"dddddddddd","role":"LEAF","latency":90,"paths":[{"address":"203.0.113.7/9993","expired":true,"preferred":true}]}]`,
	}
}

func tokenFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "authtoken.secret")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestHowTheZeroTierServiceIs(t *testing.T) {
	t.Parallel()
	server := service(t, whole())
	client := network.ZeroTierClient{URL: server.URL, TokenFiles: []string{"/nonexistent/authtoken.secret", tokenFile(t, "tokentokentokentoken1234\n")}}
	got, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Address != "87c29dbef6" || !got.Online || got.Fallback || got.Version != "1.14.2" || len(got.Networks) != 2 || len(got.Peers) != 4 {
		t.Errorf("got %+v", got)
	}
	rvm := got.Networks[0]
	if rvm.Status != "OK" || !rvm.Holds(netip.MustParseAddr("172.28.233.83")) || rvm.Holds(netip.MustParseAddr("172.29.0.1")) {
		t.Errorf("got %+v", rvm)
	}
	direct := map[string]bool{}
	for _, p := range got.Peers {
		direct[p.Address] = p.Direct
	}
	if !direct["aaaaaaaaaa"] || direct["bbbbbbbbbb"] || direct["cccccccccc"] || direct["dddddddddd"] || got.Peers[0].Latency != 12*time.Millisecond {
		t.Errorf("got %+v", got.Peers)
	}
}

func TestWhatKeepsZeroTierFromBeingAsked(t *testing.T) {
	t.Parallel()
	server := service(t, whole())
	good := tokenFile(t, "tokentokentokentoken1234")
	ask := func(url string, files ...string) error {
		_, err := network.ZeroTierClient{URL: url, TokenFiles: files}.Status(t.Context())
		return err
	}
	var none *network.ZeroTierTokenError
	if err := ask(server.URL, "/nonexistent/a"); !errors.As(err, &none) || none.Denied {
		t.Errorf("no token: %v", err)
	}
	if os.Getuid() != 0 {
		secret := tokenFile(t, "x")
		if err := os.Chmod(secret, 0); err != nil {
			t.Fatal(err)
		}
		if err := ask(server.URL, secret); !errors.As(err, &none) || !none.Denied || !strings.Contains(err.Error(), "root") {
			t.Errorf("not allowed: %v", err)
		}
	}
	var failed *network.ZeroTierError
	if err := ask(server.URL, tokenFile(t, "anothertoken1234")); !errors.As(err, &failed) || failed.Absent || strings.Contains(err.Error(), "anothertoken") {
		t.Errorf("another token: %v", err)
	}
	if err := ask(server.URL, tokenFile(t, "two\nlines and blanks")); !errors.As(err, &none) {
		t.Errorf("no token at all: %v", err)
	}
	strange := service(t, map[string]string{"/status": "[]", "/network": "{}", "/peer": "x"})
	if err := ask(strange.URL, good); !errors.As(err, &failed) || failed.Absent {
		t.Errorf("something else: %v", err)
	}
	strange.Close()
	for _, file := range []string{good, "/nonexistent/a"} {
		if err := ask(strange.URL, file); !errors.As(err, &failed) || !failed.Absent {
			t.Errorf("nobody there: %v", err)
		}
	}
}
