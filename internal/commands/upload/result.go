package upload

import (
	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// What became of one picture.
const (
	uploaded = "uploaded"
	already  = "already"
	queued   = "queued"
	failed   = "failed"
)

// Uploaded is the result for one file.
type Uploaded struct {
	File     string           `json:"file" doc:"file as it was named"`
	Path     string           `json:"path,omitempty" doc:"path of the picture on the platform, which a detection refers to"`
	URL      string           `json:"url,omitempty" doc:"address of the picture as the platform gives it"`
	Size     int64            `json:"size_bytes" doc:"size of the file; of one that was uploaded the platform confirmed that it stored as much"`
	MimeType string           `json:"mime_type,omitempty" doc:"type that the platform recognised"`
	SHA256   string           `json:"sha256,omitempty" doc:"sum of the file"`
	RVMID    int64            `json:"rvm_id" doc:"number of the machine"`
	Outcome  string           `json:"outcome" doc:"uploaded (now), already (by an earlier run; path is the one of then), queued (kept until the platform can be reached), or failed"`
	Delivery string           `json:"delivery,omitempty" doc:"sent or queued; absent when it failed"`
	Key      string           `json:"key,omitempty" doc:"name of the entry in the outbox"`
	Error    *toolbox.Problem `json:"error,omitempty" doc:"why it was not uploaded, absent on success"`
}

// Text is one line; in a pipe: file, path, bytes, sum, outcome. What failed was told on stderr.
func (u Uploaded) Text(p *terminal.Page) {
	bytes := p.Dim(" (" + size(u.Size) + ")")
	switch {
	case u.Outcome == failed:
	case !p.ForPeople():
		p.Row(u.File, toolbox.Or(u.Path, "-"), toolbox.Number(u.Size), u.SHA256, u.Outcome)
	case u.Outcome == queued:
		p.Text(p.Warning("queued"), " ", terminal.Clean(u.File), bytes)
	case u.Outcome == already:
		p.Text(p.Dim("already uploaded"), " ", terminal.Clean(u.File), p.Dim(" → "), terminal.Clean(u.Path), bytes)
	default:
		p.Text(p.Good("uploaded"), " ", terminal.Clean(u.File), p.Dim(" → "), terminal.Clean(u.Path), bytes)
	}
}

// size is a number of bytes in IEC units.
func size(n int64) string {
	const kib = 1024
	switch {
	case n < kib:
		return toolbox.Number(n) + " B"
	case n < kib*kib:
		return toolbox.Number((n+kib/2)/kib) + " KiB"
	}
	return toolbox.Number((n+kib*kib/2)/(kib*kib)) + " MiB"
}
