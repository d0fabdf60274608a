package terminal

import (
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pair is a terminal and the one who sits at it.
func pair(t *testing.T) (screen, keyboard *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	fd := int(screen.Fd())
	number, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err != nil || unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0) != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	if keyboard, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	return screen, keyboard
}

func TestDeviceOfARealTerminal(t *testing.T) {
	t.Parallel()
	screen, keyboard := pair(t)
	fd := int(keyboard.Fd())
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 100, Xpixel: 1000, Ypixel: 600}); err != nil {
		t.Fatal(err)
	}
	d := systemDevice(fd, fd)
	if s := d.Size(); s.Columns != 100 || s.Rows != 30 || s.Width != 1000 || s.Height != 600 {
		t.Errorf("size %+v", s)
	}
	// It is not the terminal that this test was started from, so this process is not in its foreground and must not touch it.
	if _, err := d.Quieten(); err == nil {
		t.Error("a terminal of somebody else was made quiet")
	}
	if got, err := d.Keys(time.Millisecond); len(got) > 0 || err != nil {
		t.Errorf("before anything is typed: %q, %v", got, err)
	}
	if _, err := screen.WriteString("ab\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Keys(5 * time.Second); string(got) != "ab\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	_ = screen.Close()
	if got, err := d.Keys(5 * time.Second); err == nil {
		t.Errorf("of a terminal that is gone came %q", got)
	}
}
