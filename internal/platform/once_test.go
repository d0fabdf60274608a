package platform

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
)

// fickle counts whole requests at the server and breaks the connection instead of answering the chosen ones, also on
// connections that were used before: the case in which net/http would repeat a request that it can rewind.
type fickle struct {
	listener net.Listener
	arrived  atomic.Int64
	answer   func(n int64) (reply string, keep bool)
}

func newFickle(t *testing.T, answer func(n int64) (reply string, keep bool)) *fickle {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fickle{listener: listener, answer: answer}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go f.serve(conn)
		}
	}()
	return f
}

func (f *fickle) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		reply, keep := f.answer(f.arrived.Add(1))
		if _, err := conn.Write([]byte(reply)); err != nil || !keep {
			return
		}
	}
}

const createdReply = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n" +
	`{"success":true,"data":{"deposit_id":9     }}`

func TestADepositWhoseAnswerIsLostArrivesOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before int64
		reply  string
	}{
		{"on a fresh connection", 0, ""},
		{"on a connection that was used before", 1, ""},
		{"in the middle of the header", 1, createdReply[:30]},
		{"in the middle of the body", 1, createdReply[:len(createdReply)-10]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newFickle(t, func(n int64) (string, bool) {
				if n <= tt.before {
					return createdReply, true
				}
				return tt.reply, false
			})
			client := newTestClient(t, "http://"+server.listener.Addr().String())
			for range tt.before {
				if _, err := client.Deposits.Create(t.Context(), validDeposit(t)); err != nil {
					t.Fatalf("before: %v", err)
				}
			}
			_, err := client.Deposits.Create(t.Context(), validDeposit(t))
			if got, want := server.arrived.Load(), tt.before+1; verdictOf(err) != "uncertain" || got != want {
				t.Errorf("got %v after %d requests, want uncertain after %d", err, got, want)
			}
		})
	}
}

func TestWhatEveryRequestCarries(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(201, created))
	client := newTestClient(t, server.URL+"/prefix/", func(o *Options) { o.UserAgent = "rvmctl/1.2.3" })
	if _, err := client.Deposits.Create(t.Context(), validDeposit(t)); err != nil {
		t.Fatal(err)
	}
	request, body := server.last(t)
	for name, want := range map[string]string{
		"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "rvmctl/1.2.3",
		"Authorization": "Bearer " + canary, "Idempotency-Key": "", "X-Idempotency-Key": "",
	} {
		if got := request.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if request.Header.Values("Idempotency-Key") != nil || request.URL.Path != "/prefix/api/v2/deposits" {
		t.Errorf("path %s, headers %v", request.URL.Path, request.Header)
	}
	if want := `{"rvm_id":1,"waste_type":"plastic","weight":0.5,"quantity":3}`; body != want {
		t.Errorf("body: got %s, want %s", body, want)
	}
	if request.ContentLength != int64(len(body)) {
		t.Errorf("content length: got %d, want %d", request.ContentLength, len(body))
	}
}
