package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := tree(t, "a.jpg", "l.jpg -> a.jpg", "d.jpg/")
	at := func(name string) string { return filepath.Join(dir, name) }
	tests := []struct {
		name  string
		item  Item
		limit int64
		want  string
		fault string
	}{
		{"a file is read", Item{Name: "a", Path: at("a.jpg")}, 0, "a.jpg", ""},
		{"a file of just the limit is read", Item{Name: "a", Path: at("a.jpg")}, 5, "a.jpg", ""},
		{"a larger file is refused", Item{Name: "a", Path: at("a.jpg")}, 4, "", "a: larger than the limit of 1 KiB"},
		{"standard input is read", Item{Name: "-", Stdin: true}, 0, "from stdin", ""},
		{"standard input has the same limit", Item{Name: "-", Stdin: true}, 9, "", "-: larger than the limit of 1 KiB"},
		{"a link that was named is followed", Item{Name: "l", Path: at("l.jpg")}, 0, "a.jpg", ""},
		{"a listed file that became a link is refused", Item{Name: "l", Path: at("l.jpg"), listed: true}, 0, "", "l: is a symbolic link, not a picture file"},
		{"a folder is refused", Item{Name: "d", Path: at("d.jpg")}, 0, "", "d: is a folder, not a picture file"},
		{"a device is refused", Item{Name: "null", Path: os.DevNull}, 0, "", "null: is a device, not a picture file"},
		{"a missing file is said", Item{Name: "x", Path: at("x")}, 0, "", "x: no such file or folder"},
		{"a listed file that is gone is said so", Item{Name: "x", Path: at("x"), listed: true}, 0, "", "x: vanished before it could be read"},
		{"a stream is not read", Item{Name: "camera:0", Path: "camera:0", Stream: true}, 0, "", "camera:0: is a camera or video, not a picture file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := Loader{Limits: Limits{MaxBytes: tt.limit}, Stdin: strings.NewReader("from stdin")}
			got, err := l.Load(t.Context(), tt.item)
			if err != nil || tt.fault != "" {
				if err == nil || err.Error() != tt.fault {
					t.Fatalf("got error %v, want %q", err, tt.fault)
				}
				return
			}
			if string(got.Data) != tt.want || got.Name != tt.item.Name {
				t.Errorf("got %s %q, want %q", got.Name, got.Data, tt.want)
			}
		})
	}
}

func TestPictureKnowsItsSum(t *testing.T) {
	t.Parallel()
	got, err := Loader{Stdin: strings.NewReader("abc")}.Load(t.Context(), Item{Name: "-", Stdin: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got.SHA256() != want {
		t.Errorf("got %s, want %s", got.SHA256(), want)
	}
}

func TestLoadDoesNotWaitForStdinAfterItsContext(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	read := make(chan struct{})
	stdin := readerFunc(func(p []byte) (int, error) {
		close(read)
		return r.Read(p)
	})
	done := make(chan error, 1)
	go func() {
		_, err := Loader{Stdin: stdin}.Load(ctx, Item{Name: "-", Stdin: true})
		done <- err
	}()
	<-read
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestReadErrorsKeepTheirCause(t *testing.T) {
	t.Parallel()
	broken := readerFunc(func([]byte) (int, error) { return 0, os.ErrPermission })
	_, err := Loader{Stdin: broken}.Load(t.Context(), Item{Name: "-", Stdin: true})
	var read *ReadError
	if !errors.As(err, &read) || !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %v", err)
	}
}
