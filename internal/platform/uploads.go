package platform

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"unicode/utf8"
)

// UploadsService stores pictures. The platform names a picture by machine and whole second, so two uploads of one
// machine within a second overwrite each other: callers keep them apart with UploadSpacing.
type UploadsService struct{ c *Client }

// MaxUpload is the largest picture in bytes that the platform's own rule allows. Its web server may allow less and
// then answers 413.
const MaxUpload = 10240 << 10

// Upload is a picture to be stored.
type Upload struct {
	RVMID int64
	// Name is the file's name; folders are dropped, unusual characters replaced, the ending made to fit the content.
	Name string
	// Size is the exact length in bytes; a file that is shorter or longer is a *SourceError.
	Size int64
	// Open returns the content from its beginning. It is called once, and what it returns is closed.
	Open func() (io.ReadCloser, error)
	// Metadata goes along as form fields. Keys are 1–64 letters, digits, "_", "-" or ".".
	Metadata map[string]string
	// Progress, when set, is told how many bytes of the file have been handed to the network so far. It is called from
	// another goroutine, never at the same time as itself, and not after Create has returned.
	Progress func(sent int64)
}

// Uploaded is the stored picture.
type Uploaded struct {
	Filename string `json:"filename"`
	// Path is what a detection result refers to.
	Path string `json:"path" wire:"file_path"`
	URL  string `json:"url"`
	// Size is in bytes and equals what was sent.
	Size     int64  `json:"size" wire:"file_size"`
	MimeType string `json:"mime_type"`
	RVMID    int64  `json:"rvm_id"`
}

// Create sends a picture as a stream of known length. It is stored only when the answer names a path and the very size
// that was sent: PHP drops what is too big for it and answers 200.
//
// Errors besides the usual: *LimitError for a picture that the platform would refuse, *SourceError when the file could
// not be read whole.
func (s *UploadsService) Create(ctx context.Context, u Upload) (Uploaded, error) {
	if err := u.Validate(); err != nil {
		return Uploaded{}, err
	}
	f := newForm(u)
	defer f.finish()
	k := call{method: http.MethodPost, path: "/api/v2/upload", form: f, changes: true, creates: true}
	return fetch(ctx, s.c, k, func(got Uploaded) string {
		switch {
		case got.Path == "":
			return "it names no path"
		case got.Size != u.Size:
			return fmt.Sprintf("it names %d bytes where %d were sent", got.Size, u.Size)
		case got.RVMID != 0:
			return same("rvm", got.RVMID, u.RVMID)
		}
		return ""
	})
}

// Validate returns the first *LimitError that can be told without reading the file, or nil.
func (u Upload) Validate() error {
	if err := firstError(checkID("rvm_id", u.RVMID), checkMetadata(u.Metadata)); err != nil {
		return err
	}
	if err := CheckPictureSize(u.Size); err != nil {
		return err
	}
	if u.Open == nil {
		return &LimitError{"image", "a file", "nothing to open"}
	}
	return nil
}

// CheckPictureSize refuses a length in bytes that the platform would refuse, with *LimitError.
func CheckPictureSize(n int64) error {
	if n < 1 || n > MaxUpload {
		return &LimitError{"image", "1 byte to 10240 KB", strconv.FormatInt(n, 10) + " bytes"}
	}
	return nil
}

const (
	maxMetadata      = 50
	maxMetadataKey   = 64
	maxMetadataValue = 1000
)

func checkMetadata(metadata map[string]string) error {
	if len(metadata) > maxMetadata {
		return &LimitError{"metadata", fmt.Sprintf("at most %d values", maxMetadata), strconv.Itoa(len(metadata))}
	}
	for key, value := range metadata {
		if !metadataKey(key) {
			return &LimitError{"metadata key", "1 to 64 letters, digits, _ - or .", strconv.Quote(bound(key, 80))}
		}
		if n := utf8.RuneCountInString(value); n > maxMetadataValue {
			return &LimitError{"metadata." + key, fmt.Sprintf("at most %d characters", maxMetadataValue), fmt.Sprintf("%d characters", n)}
		}
		if err := checkOptionalText("metadata."+key, value, maxMetadataValue); err != nil {
			return err
		}
	}
	return nil
}

func metadataKey(key string) bool {
	if key == "" || len(key) > maxMetadataKey {
		return false
	}
	for _, r := range key {
		if !plainRune(r) && r != '.' {
			return false
		}
	}
	return true
}

// plainRune is a letter or digit of ASCII, "_" or "-".
func plainRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}
