package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree makes files in a new folder; a name that ends in "/" is a folder, "a -> b" a symbolic link.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		link, target, isLink := strings.Cut(name, " -> ")
		path := filepath.Join(dir, link)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case isLink:
			err = os.Symlink(filepath.Join(dir, target), path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, []byte(name), 0o644)
		}
		if err != nil {
			t.Skipf("%s: %v", name, err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	t.Parallel()
	folder := []string{"in/b.JPG", "in/a.jpeg", "in/c.Png", "in/notes.txt", "in/.hidden.jpg", "in/sub/deep.jpg", "in/link.jpg -> in/c.Png", "in/sub2.jpg/"}
	tests := []struct {
		name  string
		files []string
		args  []string
		want  []string
		fault string
	}{
		{"a folder gives its pictures sorted, without folders and links", folder, []string{"in"},
			[]string{"in/.hidden.jpg", "in/a.jpeg", "in/b.JPG", "in/c.Png"}, ""},
		{"a file is taken whatever it is called", folder, []string{"in/notes.txt"}, []string{"in/notes.txt"}, ""},
		{"a link that is named is followed", folder, []string{"in/link.jpg"}, []string{"in/link.jpg"}, ""},
		{"a file is taken once, by whatever names", folder, []string{"in/c.Png", "in/../in/c.Png", "in/link.jpg", "in"},
			[]string{"in/c.Png", "in/.hidden.jpg", "in/a.jpeg", "in/b.JPG"}, ""},
		{"arguments keep their order", folder, []string{"in/c.Png", "in/b.JPG"}, []string{"in/c.Png", "in/b.JPG"}, ""},
		{"a pattern is expanded, without hidden files", folder, []string{"in/*.[jJ]*"},
			[]string{"in/a.jpeg", "in/b.JPG", "in/link.jpg"}, "in/sub2.jpg: folder holds no jpg, jpeg or png file"},
		{"a pattern may ask for hidden files", folder, []string{"in/.*.jpg"}, []string{"in/.hidden.jpg"}, ""},
		{"a file whose name looks like a pattern is a file", []string{"a[1].jpg", "a1.jpg"}, []string{"a[1].jpg"}, []string{"a[1].jpg"}, ""},
		{"a missing file is said, the others are found", folder, []string{"gone.jpg", "in/a.jpeg"}, []string{"in/a.jpeg"},
			"gone.jpg: no such file or folder"},
		{"two faults are said on one line", nil, []string{"gone.jpg", "*.png"}, nil,
			"gone.jpg: no such file or folder; *.png: no file matches this pattern"},
		{"a malformed pattern is said", nil, []string{"[a.jpg"}, nil, "[a.jpg: malformed pattern"},
		{"an empty folder is said", []string{"e/x.txt", "e/f/x.jpg", "e/l.jpg -> e/f/x.jpg"}, []string{"e"}, nil,
			"e: folder holds no jpg, jpeg or png file (1 folder not searched, 1 symbolic link not followed)"},
		{"a file is no folder", folder, []string{"in/a.jpeg/x.jpg"}, nil, "in/a.jpeg/x.jpg: not a directory"},
		{"an empty argument is no file", nil, []string{""}, nil, `"": no such file or folder`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := tree(t, tt.files...)
			args := make([]string, len(tt.args))
			for i, a := range tt.args {
				if args[i] = a; a != "" {
					args[i] = dir + "/" + a
				}
			}
			items, err := Find(t.Context(), args)
			var got []string
			for _, item := range items {
				got = append(got, filepath.ToSlash(strings.TrimPrefix(item.Name, dir+"/")))
			}
			if tt.name == "a file is taken once, by whatever names" && runtime.GOOS == "windows" {
				t.Skip("links differ")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			fault := ""
			if err != nil {
				fault = strings.ReplaceAll(err.Error(), dir+"/", "")
			}
			if fault != tt.fault {
				t.Errorf("got error %q, want %q", fault, tt.fault)
			}
		})
	}
}

func TestFindTellsStreamsFromFiles(t *testing.T) {
	t.Parallel()
	dir := tree(t, "clip.MP4", "film.avi/x.jpg")
	clip := filepath.Join(dir, "clip.MP4")
	got, err := Find(t.Context(), []string{"-", "camera:0", "rtsp://me:secret@10.0.0.7/live", clip, "-", "camera:0", filepath.Join(dir, "film.avi")})
	if err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(dir, "film.avi", "x.jpg")
	want := []Item{
		{Name: "-", Stdin: true},
		{Name: "camera:0", Path: "camera:0", Stream: true},
		{Name: "rtsp://me:***@10.0.0.7/live", Path: "rtsp://me:secret@10.0.0.7/live", Stream: true},
		{Name: clip, Path: clip, Stream: true},
		{Name: picture, Path: picture, listed: true},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Item{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFindErrorsHaveTypes(t *testing.T) {
	t.Parallel()
	_, err := Find(t.Context(), []string{"/nowhere/x.jpg", "/nowhere/*.jpg", t.TempDir(), os.DevNull})
	var missing *NotFoundError
	var noMatch *NoMatchError
	var empty *NoImagesError
	var odd *NotRegularError
	if !errors.As(err, &missing) || !errors.As(err, &noMatch) || !errors.As(err, &empty) || !errors.As(err, &odd) {
		t.Errorf("got %v, want one of each type", err)
	}
	if odd != nil && odd.Thing != "a device" {
		t.Errorf("got %q for %s", odd.Thing, os.DevNull)
	}
}

func TestFindStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, []string{tree(t, "a.jpg")}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
