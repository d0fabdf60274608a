package platform

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestUploadsOfOneMachineNeverShareASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s UploadSpacing
		seen := map[int64]bool{}
		for i := range 5 {
			err := s.Do(context.Background(), 1, func() error {
				// The platform takes the name's second at some moment of the upload.
				time.Sleep(time.Duration(i) * 300 * time.Millisecond)
				second := time.Now().Unix()
				if seen[second] {
					t.Errorf("upload %d shares second %d", i, second)
				}
				seen[second] = true
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestMachinesDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s UploadSpacing
		began := time.Now()
		for rvm := range int64(3) {
			_ = s.Do(context.Background(), rvm, func() error { return nil })
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestSpacingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	var s UploadSpacing
	_ = s.Do(context.Background(), 1, func() error { return nil })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := s.Do(ctx, 1, func() error { t.Error("uploaded all the same"); return nil })
	if err == nil {
		t.Error("no error")
	}
}
