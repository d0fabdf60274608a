package platform

import (
	"errors"
	"strings"
	"testing"
)

func TestNewChecksItsAddress(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, url, want string }{
		{"plain", "http://127.0.0.1:8001", "http://127.0.0.1:8001"},
		{"trailing slash", "http://127.0.0.1:8001/", "http://127.0.0.1:8001"},
		{"prefix kept", "https://example.org/myrvm//", "https://example.org/myrvm"},
		{"blanks around", "  https://example.org \n", "https://example.org"},
		{"ipv6", "http://[::1]:80/x", "http://[::1]:80/x"},
		{"empty", "", "error"},
		{"no scheme", "172.28.233.83:8001", "error"},
		{"other scheme", "ftp://example.org", "error"},
		{"no host", "http:///x", "error"},
		{"user", "http://me@example.org", "error"},
		{"password", "http://me:hunter2@example.org", "error"},
		{"query", "http://example.org/?a=b", "error"},
		{"fragment", "http://example.org/#a", "error"},
		{"port 0", "http://example.org:0", "error"},
		{"port too large", "http://example.org:70000", "error"},
		{"port no number", "http://me:hunter2@example.org:x", "error"},
		{"control", "http://example.org/%0a", "error"},
		{"too long", "http://example.org/" + strings.Repeat("a", 3000), "error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, err := New(Options{URL: tt.url})
			got := "error"
			if err == nil {
				got = client.URL()
			}
			if got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
			var option *OptionError
			if err != nil && (!errors.As(err, &option) || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("got %v, want an option error that keeps the password", err)
			}
		})
	}
}

func TestATokenStaysOffThePublicInternetInClear(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url    string
		public bool
	}{
		{"http://8.8.8.8", true}, {"http://[2001:4860:4860::8888]", true}, {"http://[::ffff:8.8.8.8]", true},
		{"http://100.128.0.1", true}, {"http://172.32.0.1", true},
		{"https://8.8.8.8", false}, {"http://127.0.0.1", false}, {"http://localhost", false}, {"http://rvm.local", false},
		{"http://172.28.233.83:8001", false}, {"http://10.1.2.3", false}, {"http://192.168.1.1", false},
		{"http://169.254.1.1", false}, {"http://100.64.0.1", false}, {"http://100.127.255.254", false},
		{"http://[fd00::1]", false}, {"http://[fe80::1%25eth0]", false}, {"http://platform.example", false},
	}
	for _, tt := range tests {
		t.Run(tt.url, func(t *testing.T) {
			t.Parallel()
			_, err := New(Options{URL: tt.url, Token: canary})
			var plaintext *PlaintextError
			if got := errors.As(err, &plaintext); got != tt.public {
				t.Errorf("got %v, want refused=%t", err, tt.public)
			}
			if _, err := New(Options{URL: tt.url, Token: canary, AllowPlaintext: true}); err != nil {
				t.Errorf("allowed all the same: %v", err)
			}
			client, err := New(Options{URL: tt.url})
			if err != nil {
				t.Fatalf("without a token: %v", err)
			}
			if got := client.checkPlaintext(client.base) != nil; got != tt.public {
				t.Errorf("password: got refused=%t, want %t", got, tt.public)
			}
		})
	}
}

func TestNewRefusesATokenThatIsNoHeader(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"1|a b", "1|a\r\nX: y", "1|é", "\x00", strings.Repeat("a", 5000)} {
		_, err := New(Options{URL: "http://127.0.0.1", Token: token})
		var option *OptionError
		if !errors.As(err, &option) || strings.Contains(err.Error(), token) {
			t.Errorf("%q: got %v, want an option error that does not repeat it", token, err)
		}
	}
}
