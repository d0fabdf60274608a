package platform

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTheEndOfARunIsToldInItsOwnWords(t *testing.T) {
	t.Parallel()
	limit := errors.New("stopped after 50s, the limit of this run")
	arrived := make(chan struct{}, 2)
	server := newStage(t, func(_ http.ResponseWriter, r *http.Request) { arrived <- struct{}{}; <-r.Context().Done() })
	for _, tt := range []struct {
		want string
		call func(context.Context, *Client) error
	}{
		{"uncertain", func(ctx context.Context, c *Client) error {
			_, err := c.Deposits.Create(ctx, validDeposit(t))
			return err
		}},
		{"unreachable sent=true", func(ctx context.Context, c *Client) error { _, err := c.Auth.Me(ctx); return err }},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { <-arrived; cancel(limit) }()
		err := tt.call(ctx, newTestClient(t, server.URL))
		if verdictOf(err) != tt.want || !errors.Is(err, limit) || !errors.Is(err, context.Canceled) ||
			!strings.Contains(err.Error(), "stopped after 50s") {
			t.Errorf("%s: got %v", tt.want, err)
		}
	}
	if server.count() != 2 {
		t.Errorf("%d requests, want one each", server.count())
	}
}

func TestAChangeOfProtocolIsNotReadFor(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	server := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"))
		<-hold
	})
	t.Cleanup(func() { close(hold) })
	began := time.Now()
	_, err := newTestClient(t, server.URL, func(o *Options) { o.Timeout = time.Minute }).Auth.Me(t.Context())
	if verdictOf(err) != "foreign" || time.Since(began) > 30*time.Second {
		t.Errorf("got %v after %s", err, time.Since(began))
	}
}
