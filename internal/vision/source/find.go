package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// MaxItems is the most sources one call of Find returns.
const MaxItems = 1_000_000

// Item is one source that was found and not yet opened.
type Item struct {
	// Name is what to call it: the path as the operator would write it, "-" for standard input, or the stream without
	// its password.
	Name string
	// Path is where to open it, for streams too; empty for standard input. It may hold a password and is not for showing.
	Path string
	// Stdin is true for "-".
	Stdin bool
	// Stream is true for what OpenStream opens: a camera, a URL, a GStreamer pipeline, a video file.
	Stream bool
	// listed is true for an entry of a folder, where a symbolic link is not followed.
	listed bool
}

// Find expands arguments into items, in their order, each file once however often and however it is named.
//
//   - "-" is standard input, once.
//   - A camera, URL, pipeline or video file (see isStream) becomes an Item with Stream set.
//   - A folder gives its own jpg, jpeg and png files, in any case, sorted by name. Folders within it are not searched,
//     symbolic links within it are not followed.
//   - A file is taken whatever it is called: its content decides. A symbolic link that is named is followed.
//   - What does not exist and holds one of *?[ is a pattern (path/filepath.Match), for where no shell expanded it: its
//     matches are sorted and taken as if they had been named, hidden files only if the pattern names the dot.
//
// Errors do not hide what was found: both may be returned. They are *NotFoundError, *NoImagesError, *NoMatchError,
// *NotRegularError, *ReadError, several of them in a *FindError; a *TooManyError or ctx.Err() ends the search.
func Find(ctx context.Context, args []string) ([]Item, error) {
	f := finder{seen: make(map[string]struct{})}
	for _, arg := range args {
		err := ctx.Err()
		if err == nil {
			err = f.expand(ctx, arg)
		}
		var tooMany *TooManyError
		if errors.As(err, &tooMany) || ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			f.errs = append(f.errs, err)
		}
	}
	switch len(f.errs) {
	case 0:
		return f.items, nil
	case 1:
		return f.items, f.errs[0]
	}
	return f.items, &FindError{f.errs}
}

type finder struct {
	items []Item
	errs  []error
	seen  map[string]struct{}
}

// add keeps an item unless its key was seen.
func (f *finder) add(key string, item Item) error {
	if _, twice := f.seen[key]; twice {
		return nil
	}
	if len(f.items) == MaxItems {
		return &TooManyError{MaxItems}
	}
	f.seen[key] = struct{}{}
	f.items = append(f.items, item)
	return nil
}

func (f *finder) expand(ctx context.Context, arg string) error {
	if arg == "-" {
		return f.add(arg, Item{Name: arg, Stdin: true})
	}
	if isStream(arg) {
		return f.add("stream "+arg, Item{Name: streamName(arg), Path: arg, Stream: true})
	}
	err := f.named(ctx, arg)
	var missing *NotFoundError
	if errors.As(err, &missing) && strings.ContainsAny(arg, "*?[") {
		return f.pattern(ctx, arg)
	}
	return err
}

// named takes one path that exists.
func (f *finder) named(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return pathError(path, err)
	}
	switch {
	case info.IsDir():
		return f.folder(ctx, path)
	case !info.Mode().IsRegular():
		return &NotRegularError{path, thing(info.Mode())}
	}
	return f.add(realPath(path), Item{Name: path, Path: path, Stream: isVideoFile(path)})
}

// folder takes the pictures of one folder.
func (f *finder) folder(ctx context.Context, dir string) error {
	list, err := readFolder(ctx, dir)
	if err != nil {
		return err
	}
	if len(list.names) == 0 {
		return &NoImagesError{Dir: dir, Folders: list.folders, Links: list.links}
	}
	real := realPath(dir)
	for _, name := range list.names {
		path := filepath.Join(dir, name)
		if err := f.add(filepath.Join(real, name), Item{Name: path, Path: path, listed: true}); err != nil {
			return err
		}
	}
	return nil
}

type listing struct {
	names          []string
	folders, links int
}

// readFolder reads in portions, so that a folder of millions neither fills the memory nor outlives the context.
func readFolder(ctx context.Context, dir string) (list listing, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return list, pathError(dir, err)
	}
	defer d.Close()
	for {
		entries, err := d.ReadDir(4096)
		for _, e := range entries {
			list.take(e)
		}
		switch {
		case ctx.Err() != nil:
			return list, ctx.Err()
		case len(list.names) > MaxItems:
			return list, &TooManyError{MaxItems}
		case err != nil && len(entries) == 0 && !isEnd(err):
			return list, pathError(dir, err)
		case len(entries) == 0:
			slices.Sort(list.names)
			return list, nil
		}
	}
}

func (l *listing) take(e fs.DirEntry) {
	switch {
	case e.IsDir():
		l.folders++
	case !isPictureName(e.Name()):
	case e.Type()&fs.ModeSymlink != 0:
		l.links++
	case e.Type().IsRegular():
		l.names = append(l.names, e.Name())
	}
}

// pattern takes what a shell would have made of arg.
func (f *finder) pattern(ctx context.Context, arg string) error {
	matches, err := filepath.Glob(arg)
	if err != nil {
		return &NoMatchError{Pattern: arg, Bad: true}
	}
	matches = slices.DeleteFunc(matches, func(path string) bool {
		return strings.HasPrefix(filepath.Base(path), ".") && !strings.HasPrefix(filepath.Base(arg), ".")
	})
	if len(matches) == 0 {
		return &NoMatchError{Pattern: arg}
	}
	slices.Sort(matches)
	var errs []error
	for _, path := range matches {
		err := f.named(ctx, path)
		var tooMany *TooManyError
		if errors.As(err, &tooMany) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	f.errs = append(f.errs, errs...)
	return nil
}
