package sandbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkRequests measures how many requests a second the sandbox answers over a real socket.
func BenchmarkRequests(b *testing.B) {
	s, err := Open(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	web := httptest.NewServer(s.Handler())
	defer web.Close()
	token := strings.Repeat("x", 48)
	if _, err := s.store.db.Exec("INSERT INTO tokens (id, user_id, hash, created_at) VALUES (99, 1, ?, 0)", tokenHash(token)); err != nil {
		b.Fatal(err)
	}
	for _, tt := range []struct{ method, path, body string }{
		{"GET", "/api/v2/auth/me", ""}, {"GET", "/api/v2/rvms", ""},
		{"POST", "/api/v2/deposits", `{"rvm_id":1,"waste_type":"plastic","weight":0.5,"quantity":3}`},
	} {
		b.Run(fmt.Sprintf("%s %s", tt.method, tt.path), func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					req, _ := http.NewRequest(tt.method, web.URL+tt.path, strings.NewReader(tt.body))
					req.Header.Set("Accept", "application/json")
					req.Header.Set("Content-Type", "application/json")
					req.Header.Set("Authorization", "Bearer 99|"+token)
					res, err := http.DefaultClient.Do(req)
					if err != nil {
						b.Error(err)
						return
					}
					_ = res.Body.Close()
					if res.StatusCode >= 300 {
						b.Errorf("status %d", res.StatusCode)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
