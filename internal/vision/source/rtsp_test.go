//go:build gocv

package source

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// relay is a small RTSP server (RFC 2326) for one track over TCP: it passes on the RTP packets that ffmpeg sends it by UDP,
// interleaved with the conversation. It refuses everything but TCP, and everybody without the password.
type relay struct {
	t    testing.TB
	l    net.Listener
	sdp  string
	auth string

	mu      sync.Mutex
	viewers map[net.Conn]bool
	asked   []string
}

// newRelay starts ffmpeg, which sends numbered pictures round and round in real time, and the server.
func newRelay(t *testing.T) *relay {
	t.Helper()
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("there is no ffmpeg here to make a stream with: type make setup")
	}
	in, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	description := filepath.Join(t.TempDir(), "sdp")
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-stream_loop", "-1",
		"-framerate", "25", "-start_number", "0", "-i", barPictures(t, 50), "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency",
		"-pix_fmt", "yuv420p", "-g", "10", "-bsf:v", "dump_extra", "-f", "rtp", "-sdp_file", description,
		fmt.Sprintf("rtp://127.0.0.1:%d?rtcpport=%[1]d&pkt_size=1200", in.LocalAddr().(*net.UDPAddr).Port))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, l: l, viewers: map[net.Conn]bool{}, auth: "Basic bWU6c2VjcmV0"} // me:secret
	var all sync.WaitGroup
	all.Go(func() { r.pass(in) })
	all.Go(func() { r.accept(&all) })
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
		_, _ = in.Close(), l.Close()
		r.dropViewers()
		all.Wait()
	})
	until(t, func() bool {
		text, err := os.ReadFile(description)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.sdp = string(text)
		return err == nil && strings.Contains(r.sdp, "fmtp")
	})
	return r
}

// pass gives each packet to every viewer, framed as RFC 2326, 10.12 says: a dollar, the channel, the length.
func (r *relay) pass(in *net.UDPConn) {
	packet := make([]byte, 2048)
	for {
		n, err := in.Read(packet[4:])
		if err != nil {
			return
		}
		packet[0], packet[1] = '$', 0
		if kind := packet[5]; kind >= 192 && kind <= 223 {
			packet[1] = 1 // RTCP comes on the same port and goes on a channel of its own
		}
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		r.mu.Lock()
		for c, plays := range r.viewers {
			if plays {
				_ = c.SetWriteDeadline(time.Now().Add(time.Second))
				if _, err := c.Write(packet[:4+n]); err != nil {
					_ = c.Close()
				}
			}
		}
		r.mu.Unlock()
	}
}

func (r *relay) accept(all *sync.WaitGroup) {
	for {
		c, err := r.l.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		r.viewers[c] = false
		r.mu.Unlock()
		all.Go(func() {
			r.talk(c)
			r.mu.Lock()
			delete(r.viewers, c)
			r.mu.Unlock()
			_ = c.Close()
		})
	}
}

// talk answers one viewer until it goes.
func (r *relay) talk(c net.Conn) {
	in := textproto.NewReader(bufio.NewReader(c))
	for {
		line, err := in.ReadLine()
		if err != nil {
			return
		}
		head, err := in.ReadMIMEHeader()
		if err != nil {
			return
		}
		method, _, _ := strings.Cut(line, " ")
		r.mu.Lock()
		status, more := r.reply(method, head)
		r.asked = append(r.asked, method)
		_, _ = fmt.Fprintf(c, "RTSP/1.0 %s\r\nCSeq: %s\r\n%s\r\n", status, head.Get("CSeq"), more)
		if method == "PLAY" && status == "200 OK" {
			r.viewers[c] = true
		}
		r.mu.Unlock()
		if method == "TEARDOWN" {
			return
		}
	}
}

func (r *relay) reply(method string, head textproto.MIMEHeader) (status, more string) {
	const session = "Session: 7\r\n"
	switch {
	case method == "OPTIONS":
		return "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
	case head.Get("Authorization") != r.auth:
		return "401 Unauthorized", "WWW-Authenticate: Basic realm=\"relay\"\r\n"
	case method == "DESCRIBE":
		sdp := r.sdp[strings.Index(r.sdp, "v=0"):] + "a=control:track1\r\n"
		return "200 OK", fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(sdp), strings.TrimSuffix(sdp, "\r\n"))
	case method == "SETUP" && !strings.Contains(head.Get("Transport"), "TCP"):
		return "461 Unsupported Transport", ""
	case method == "SETUP":
		return "200 OK", session + "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
	}
	return "200 OK", session
}

func (r *relay) dropViewers() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.viewers {
		_ = c.Close()
	}
}

// mute sends nothing more to those who are there, and lets them wait.
func (r *relay) mute() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.viewers {
		r.viewers[c] = false
	}
}

func (r *relay) item() Item {
	address := "rtsp://me:secret@" + r.l.Addr().String() + "/live"
	return Item{Name: streamName(address), Path: address, Stream: true}
}

func TestRTSP(t *testing.T) {
	r := newRelay(t)
	var said notices
	s := openTest(t, r.item(), StreamOptions{Reconnect: true, Notice: said.add})
	seen := map[int]bool{}
	last := int64(-1)
	for range 30 {
		f := next(t, s)
		checkWhole(t, f)
		if got := barsIn(f); f.Number <= last || got < 0 || got >= 50 {
			t.Errorf("number %d after %d shows %d", f.Number, last, got)
		}
		seen[barsIn(f)], last = true, f.Number
	}
	if len(seen) < 25 {
		t.Errorf("30 frames showed %d numbers", len(seen))
	}
	facts := s.Facts()
	if !facts.Live || facts.Backend != "FFMPEG" || facts.Codec != "h264" || facts.Width != barWidth || facts.FPS != 25 || facts.Given != 30 {
		t.Errorf("got %+v", facts)
	}
	if strings.Contains(facts.Name, "secret") {
		t.Errorf("the name is %s", facts.Name)
	}

	// The connection dies, and the stream comes back by itself.
	r.dropViewers()
	until(t, func() bool {
		s.Recycle(next(t, s))
		return s.Facts().Reconnects == 1
	})
	if all := said.all(); len(all) != 2 || strings.Contains(strings.Join(all, ""), "secret") {
		t.Errorf("said %q", all)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	until(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.viewers) == 0
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if asked := strings.Join(r.asked, " "); !strings.Contains(asked, "DESCRIBE SETUP PLAY") || !strings.HasSuffix(asked, "TEARDOWN") {
		t.Errorf("asked %s", asked)
	}
}

// TestRTSPThatHangs holds OpenCV in a read that does not return: a new connection takes its place meanwhile, and Close does not
// wait for it either.
func TestRTSPThatHangs(t *testing.T) {
	r := newRelay(t)
	p := quick()
	p.stall, p.open = 2*time.Second, 15*time.Second
	s := openTest(t, r.item(), StreamOptions{Reconnect: true, pace: p})
	next(t, s)
	r.mute()
	until(t, func() bool {
		s.Recycle(next(t, s))
		return s.Facts().Reconnects > 0
	})
	r.mute()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for err := error(nil); err == nil; {
		if _, err = s.Next(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	start := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	took := time.Since(start)
	t.Logf("closed after %v", took)
	if os.Getenv("RVMCTL_SOAK") == "1" && took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}
