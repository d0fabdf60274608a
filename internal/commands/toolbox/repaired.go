package toolbox

import (
	"fmt"
	"strings"

	"github.com/myrvm/rvmctl/internal/outbox"
)

// RepairedError says that a run did what was asked, and that the outbox was found damaged and was repaired before.
type RepairedError struct {
	// Files are what was damaged, at least one.
	Files []outbox.Salvage
}

func (e *RepairedError) Error() string {
	var parts []string
	for _, f := range e.Files {
		part := fmt.Sprintf("%s was damaged, %d entries were read from it, %d could not be", f.File, f.Rows, f.Lost)
		if back := f.FromJournal + f.Corrected; back > 0 {
			part += fmt.Sprintf(", %d came from the journal", back)
		}
		if f.Kept != "" {
			part += "; it lies in " + f.Kept
		}
		parts = append(parts, part)
	}
	return "this is done, but the outbox had to be repaired: " + strings.Join(parts, "; ")
}

// Repaired is *RepairedError when this run has repaired the outbox, nil otherwise.
func (b *Box) Repaired() error {
	b.opening.Lock()
	defer b.opening.Unlock()
	if b.store == nil {
		return nil
	}
	if files := b.store.Salvaged(); len(files) > 0 {
		return &RepairedError{Files: files}
	}
	return nil
}
