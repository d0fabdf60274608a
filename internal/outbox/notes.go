package outbox

import (
	"context"
	"database/sql"
	"errors"
)

// maxNote bounds the value of a note in bytes.
const maxNote = 64 << 10

// Note is what was last kept under a name, "" when nothing was. Notes lie in the file of telemetry: they may be lost with it.
func (s *Store) Note(ctx context.Context, name string) (string, error) {
	var value string
	err := s.other.QueryRowContext(ctx, "SELECT value FROM notes WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// SetNote keeps a value of at most 64 KiB under a name for every process; "" drops it.
func (s *Store) SetNote(ctx context.Context, name, value string) error {
	if len(value) > maxNote {
		return errors.New("outbox: a note is too long")
	}
	if value == "" {
		_, err := s.other.ExecContext(ctx, "DELETE FROM notes WHERE name = ?", name)
		return err
	}
	_, err := s.other.ExecContext(ctx, "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}
