package source

import (
	"fmt"
	"strings"
)

// Kind says in one word why a picture was refused. The words are stable and may be shown to programs.
type Kind string

// The kinds of ImageError.
const (
	// KindTooLarge: more encoded bytes than Limits.MaxBytes.
	KindTooLarge Kind = "too-large"
	// KindNotImage: the content is neither JPEG nor PNG, whatever the file is called.
	KindNotImage Kind = "not-a-picture"
	// KindBomb: the header claims more pixels than the limits allow; nothing was decoded.
	KindBomb Kind = "too-many-pixels"
	// KindUnwieldy: a side is too long or decoding needs too much memory, whatever the number of pixels; nothing was decoded.
	KindUnwieldy Kind = "too-large-to-decode"
	// KindCorrupt: damaged or truncated.
	KindCorrupt Kind = "damaged"
	// KindTimeout: decoding took longer than Limits.Timeout and was given up.
	KindTimeout Kind = "timeout"
	// KindUnsupported: a valid JPEG or PNG of a kind that is not read here, such as 12-bit JPEG.
	KindUnsupported Kind = "unsupported"
)

// ImageError says why one picture was refused.
type ImageError struct {
	// Name is what the operator called the picture.
	Name string
	// Reason is the fact, for people, without the name.
	Reason string
	// Kind is the fact in one word.
	Kind Kind
	// Err is the decoder's own error, or nil.
	Err error
}

// Error is the name and the reason.
func (e *ImageError) Error() string { return e.Name + ": " + e.Reason }

// Unwrap gives the decoder's own error.
func (e *ImageError) Unwrap() error { return e.Err }

// NotFoundError says that nothing exists at a path that was named, or no longer exists.
type NotFoundError struct {
	// Path is what was named.
	Path string
	// Vanished is true when the file was listed a moment ago and is gone now.
	Vanished bool
}

// Error states which path is missing.
func (e *NotFoundError) Error() string {
	if e.Vanished {
		return e.Path + ": vanished before it could be read"
	}
	if e.Path == "" {
		return `"": no such file or folder`
	}
	return e.Path + ": no such file or folder"
}

// NoImagesError says that a folder holds no file that is called a picture.
type NoImagesError struct {
	// Dir is the folder as it was named.
	Dir string
	// Folders and Links count what was seen and not entered or followed, since that is the usual surprise.
	Folders, Links int
}

// Error states which folder is empty of pictures and what was passed over.
func (e *NoImagesError) Error() string {
	text := e.Dir + ": folder holds no jpg, jpeg or png file"
	var passed []string
	if e.Folders > 0 {
		passed = append(passed, counted(e.Folders, "folder")+" not searched")
	}
	if e.Links > 0 {
		passed = append(passed, counted(e.Links, "symbolic link")+" not followed")
	}
	if len(passed) > 0 {
		text += " (" + strings.Join(passed, ", ") + ")"
	}
	return text
}

func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// NoMatchError says that a pattern names nothing that exists.
type NoMatchError struct {
	// Pattern is as it was given.
	Pattern string
	// Bad is true when the pattern itself is malformed, such as an unclosed bracket.
	Bad bool
}

// Error states which pattern found nothing.
func (e *NoMatchError) Error() string {
	if e.Bad {
		return e.Pattern + ": malformed pattern"
	}
	return e.Pattern + ": no file matches this pattern"
}

// NotRegularError says that a path is something other than a file with content of its own.
type NotRegularError struct {
	// Path is as it was named.
	Path string
	// Thing is what it is: "a folder", "a pipe", "a device", "a socket", "a symbolic link".
	Thing string
}

// Error states what was found instead of a file.
func (e *NotRegularError) Error() string {
	return fmt.Sprintf("%s: is %s, not a picture file", e.Path, e.Thing)
}

// ReadError says that the operating system refused or failed to read.
type ReadError struct {
	// Name is the path as it was named, or "-" for standard input.
	Name string
	// Err is the system's error, without the path.
	Err error
}

// Error states the name and the system's reason.
func (e *ReadError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap gives the system's error, so errors.Is(err, fs.ErrPermission) works.
func (e *ReadError) Unwrap() error { return e.Err }

// TooManyError says that the arguments name more pictures than one run takes.
type TooManyError struct {
	// Limit is MaxItems.
	Limit int
}

// Error states the limit.
func (e *TooManyError) Error() string {
	return fmt.Sprintf("more than %d pictures in one run", e.Limit)
}

// FindError joins what was wrong with several arguments, in their order; a single fault is returned by itself.
type FindError struct {
	// Errs has at least two elements.
	Errs []error
}

// Error is all facts on one line.
func (e *FindError) Error() string {
	texts := make([]string, len(e.Errs))
	for i, err := range e.Errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap gives the single faults to errors.As.
func (e *FindError) Unwrap() []error { return e.Errs }
