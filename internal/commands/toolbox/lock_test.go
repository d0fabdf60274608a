package toolbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"
)

func TestLockKeepsOthersAwayAndNamesTheHolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, _ := newBox(t, dir)
	second, _ := newBox(t, dir)
	release, err := first.Lock(context.Background(), "deposit-7", "deciding deposit 7", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = second.Lock(context.Background(), "deposit-7", "deciding deposit 7", 0)
	var locked *LockedError
	want := fmt.Sprintf("another rvmctl (pid %d) is deciding deposit 7", os.Getpid())
	if !errors.As(err, &locked) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	other, err := second.Lock(context.Background(), "deposit-8", "deciding deposit 8", 0)
	if err != nil {
		t.Errorf("another deposit is locked too: %v", err)
	} else {
		other()
	}
	time.AfterFunc(10*time.Millisecond, release)
	late, err := second.Lock(context.Background(), "deposit-7", "deciding deposit 7", time.Minute)
	if err != nil {
		t.Fatalf("waiting did not help: %v", err)
	}
	late()
}

func TestLockGivesUpWithTheRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, _ := newBox(t, dir)
	second, _ := newBox(t, dir)
	release, err := first.Lock(context.Background(), "x", "working", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("stopped")
	time.AfterFunc(10*time.Millisecond, func() { cancel(cause) })
	if _, err := second.Lock(ctx, "x", "working", time.Minute); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}
