package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"testing"
	"time"
)

func pictureBytes(t *testing.T, kind string) []byte {
	t.Helper()
	var out bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 8, 8))
	encode := map[string]func() error{
		"jpg": func() error { return jpeg.Encode(&out, img, nil) },
		"png": func() error { return png.Encode(&out, img) },
		"gif": func() error { return gif.Encode(&out, img, nil) },
	}
	if err := encode[kind](); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// upload sends a form: data as the file "image" when it is not nil, and the fields in pairs.
func (p *platform) upload(token string, data []byte, fields ...string) answer {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if data != nil {
		part, err := form.CreateFormFile("image", "lies.txt")
		if err != nil {
			p.t.Fatal(err)
		}
		_, _ = part.Write(data)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequest("POST", p.url+"/api/v2/upload", &body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+token)
	return p.do(req)
}

func TestUploadKeepsThePicture(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	for kind, media := range map[string]string{"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"} {
		p.clock.advance(time.Second)
		data := pictureBytes(t, kind)
		name := fmt.Sprintf("detection_2_%d.%s", p.clock.now().Unix(), kind)
		a := p.upload(token, data, "rvm_id", "2", "metadata[session_token]", "s-1", "metadata[timestamp]", "now")
		a.want(t, 200, "data.filename", name, "data.path", "detection-images/"+name, "data.size", len(data),
			"data.mime_type", media, "data.rvm_id", "2", "data.url", p.url+"/storage/detection-images/"+name)
		back := p.send("GET", "/storage/detection-images/"+name, "")
		if back.raw != string(data) || back.header.Get("Content-Type") != media {
			t.Errorf("%s came back as %d bytes of %s", name, len(back.raw), back.header.Get("Content-Type"))
		}
	}
	l, err := p.Ledger()
	if err != nil || len(l.Uploads) != 3 {
		t.Fatalf("%d uploads in the ledger (%v), want 3", len(l.Uploads), err)
	}
	if want := `{"session_token":"s-1","timestamp":"now"}`; l.Uploads[0].Metadata != want {
		t.Errorf("metadata %s, want %s", l.Uploads[0].Metadata, want)
	}
}

func TestUploadsOfOneSecondOverwriteEachOther(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	first := pictureBytes(t, "png")
	second := append(bytes.Clone(first), "later"...)
	for _, data := range [][]byte{first, second} {
		p.upload(token, data, "rvm_id", "1").want(t, 200)
	}
	l, err := p.Ledger()
	if err != nil || len(l.Uploads) != 1 {
		t.Fatalf("%d uploads in the ledger (%v), want 1", len(l.Uploads), err)
	}
	sum := sha256.Sum256(second)
	if got := l.Uploads[0]; got.SHA256 != hex.EncodeToString(sum[:]) || got.Overwritten != 1 {
		t.Errorf("kept %s after %d losses, want the later picture after 1", got.SHA256, got.Overwritten)
	}
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	jpg := pictureBytes(t, "jpg")
	large := append(bytes.Clone(jpg), make([]byte, 10240<<10)...)
	cases := []struct {
		name   string
		data   []byte
		fields []string
		field  string
		want   string
	}{
		{"no picture", nil, []string{"rvm_id", "1"}, "image", "[The image field is required.]"},
		{"text instead of a picture", []byte("hello"), []string{"rvm_id", "1"}, "image",
			"[The image field must be an image. The image field must be a file of type: jpeg, png, jpg, gif.]"},
		{"a bitmap", []byte("BM123456789012345678"), []string{"rvm_id", "1"}, "image",
			"[The image field must be a file of type: jpeg, png, jpg, gif.]"},
		{"past 10240 KB", large, []string{"rvm_id", "1"}, "image",
			"[The image field must not be greater than 10240 kilobytes.]"},
		{"no machine", jpg, nil, "rvm_id", "[The rvm id field is required.]"},
		{"unknown machine", jpg, []string{"rvm_id", "99"}, "rvm_id", "[The selected rvm id is invalid.]"},
		{"metadata as JSON text", jpg, []string{"rvm_id", "1", "metadata", `{"a":1}`}, "metadata",
			"[The metadata field must be an array.]"},
	}
	for _, v := range cases {
		t.Run(v.name, func(t *testing.T) {
			a := p.upload(token, v.data, v.fields...)
			a.want(t, 422, "message", "Validation failed")
			errs, _ := a.get("errors").(map[string]any)
			if got := fmt.Sprint(errs[v.field]); got != v.want {
				t.Errorf("errors[%s] = %s, want %s", v.field, got, v.want)
			}
		})
	}
	t.Run("past every limit", func(t *testing.T) {
		p.upload(token, make([]byte, maxUploadBody), "rvm_id", "1").want(t, 413, "message", "The POST data is too large.")
	})
	t.Run("without a token", func(t *testing.T) {
		p.upload("", jpg, "rvm_id", "1").want(t, 401)
	})
	t.Run("a picture that is not there", func(t *testing.T) {
		if a := p.send("GET", "/storage/detection-images/none.jpg", ""); a.status != 404 {
			t.Errorf("status %d, want 404", a.status)
		}
	})
}
