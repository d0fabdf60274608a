package sandbox

import (
	"database/sql"
	"errors"
	"time"
)

// readPeople reads the machines, and who is at them or may speak for them.
func (l *Ledger) readPeople(tx *sql.Tx) error {
	var err, sessionErr, tokenErr error
	l.RVMs, err = rows(tx, func(row scanner) (m LedgerRVM, err error) {
		err = row.Scan(&m.ID, &m.Name, &m.Location, &m.Status)
		return m, err
	}, "SELECT id, name, coalesce(location_description, ''), status FROM rvms ORDER BY id")
	l.Sessions, sessionErr = rows(tx, func(row scanner) (s LedgerSession, err error) {
		s.ExpiresAt, err = scanMoment(row, &s.Token, &s.RVMID, &s.UserID, &s.Status)
		return s, err
	}, "SELECT session_token, rvm_id, coalesce(user_id, 0), status, expires_at FROM rvm_sessions ORDER BY rowid")
	l.Tokens, tokenErr = rows(tx, func(row scanner) (t LedgerToken, err error) {
		t.CreatedAt, err = scanMoment(row, &t.UserID, &t.RVMID)
		return t, err
	}, "SELECT user_id, 0, created_at FROM tokens UNION ALL SELECT 0, rvm_id, created_at FROM device_tokens ORDER BY 3")
	return errors.Join(err, sessionErr, tokenErr)
}

// scanMoment scans a row whose last column is a time.
func scanMoment(row scanner, dest ...any) (time.Time, error) {
	var sec int64
	err := row.Scan(append(dest, &sec)...)
	return time.Unix(sec, 0).UTC(), err
}

func (l *Ledger) readRemote(tx *sql.Tx) error {
	var err, commandErr error
	l.RemoteSessions, err = rows(tx, func(row scanner) (r LedgerRemote, err error) {
		err = row.Scan(&r.ID, &r.RVMID, &r.AdminID, &r.Status, &r.Reason)
		return r, err
	}, "SELECT id, rvm_id, admin_id, status, coalesce(reason, '') FROM remote_sessions ORDER BY id")
	l.Commands, commandErr = rows(tx, func(row scanner) (o LedgerCommand, err error) {
		err = row.Scan(&o.ID, &o.RVMID, &o.Type, &o.Name, &o.Payload, &o.Simulated)
		return o, err
	}, "SELECT id, rvm_id, type, name, payload, simulated FROM device_commands ORDER BY id")
	return errors.Join(err, commandErr)
}
