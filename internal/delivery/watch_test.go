package delivery

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
)

// A service that went on with a file that was put aside would never see what others put in.
func TestAWatchEndsWhenItsFileWasPutAside(t *testing.T) {
	w := newWorld(t)
	c := w.courier(nil)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- c.Watch(ctx, FlushOptions{}) }()
	path := filepath.Join(w.dir, "deposits.db")
	if err := os.Rename(path, path+".aside"); err != nil {
		t.Fatal(err)
	}
	var moved *outbox.MovedError
	if err := <-ended; !errors.As(err, &moved) {
		t.Fatalf("it ended with %v", err)
	}
}
