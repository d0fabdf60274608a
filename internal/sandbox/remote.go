package sandbox

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// remoteSession is somebody at a machine from afar. It is told when it should end, and nothing ends it.
type remoteSession struct {
	id, rvmID, adminID int64
	address            string
	port, minutes      int64
	kind               string
	reason             *string
	status             string
	started            int64
	ended              *int64
}

const remoteColumns = `SELECT id, rvm_id, admin_id, ip_address, port, access_type, minutes, reason, status, started_at,
	ended_at FROM remote_sessions`

func scanRemote(row scanner) (r remoteSession, err error) {
	err = row.Scan(&r.id, &r.rvmID, &r.adminID, &r.address, &r.port, &r.kind, &r.minutes, &r.reason, &r.status,
		&r.started, &r.ended)
	return r, err
}

func (r remoteSession) wire() map[string]any {
	w := map[string]any{
		"id": r.id, "session_id": r.id, "rvm_id": r.rvmID, "admin_id": r.adminID, "ip_address": r.address, "port": r.port,
		"access_type": r.kind, "status": r.status, "session_duration": r.minutes, "reason": r.reason,
		"start_time": stamp(r.started), "expires_at": stamp(r.started + r.minutes*60), "end_time": stampNull(r.ended),
		"access_url": fmt.Sprintf("http://%s:%d", r.address, r.port),
	}
	if r.ended != nil {
		w["duration"] = *r.ended - r.started // seconds
	}
	return w
}

func remoteRoutes(bearer guard) []route {
	const base = "api/v2/rvms/{}/remote-access/"
	return []route{
		on("POST", base+"start", bearer, withRVM("Failed to start remote access", startRemote)),
		on("POST", base+"stop", bearer, withRVM("Failed to stop remote access", stopRemote)),
		on("GET", base+"status", bearer, withRVM("Failed to get remote access status", remoteStatus)),
		on("GET", base+"history", bearer, withRVM("Failed to get remote access history", remoteHistory)),
		on("GET", base+"check-port", bearer, withRVM("Failed to check port", checkPort)),
		on("POST", base+"check-port", bearer, withRVM("Failed to check port", checkPort)),
	}
}

// reachable says whether a device is taken to answer. Nobody is dialled: a machine that is inactive, broken or unknown
// counts as unplugged, so that both outcomes can be tried by setting its status.
func (m rvm) reachable() bool {
	return !slices.Contains([]string{"inactive", "error", "unknown"}, m.status)
}

func startRemote(c *call, m rvm) (reply, error) {
	errs, err := c.validate(nil,
		must("admin_id", required(), isInteger(), existingUser()),
		must("ip_address", required(), isIP()),
		must("port", nullable, isInteger(), atLeast(1), atMost(65535)),
		must("access_type", nullable, oneOf("camera", "gui", "both")),
		must("session_duration", nullable, isInteger(), atLeast(5), atMost(480)),
		must("reason", nullable, isString(), atMost(500)))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	active, err := c.activeRemote(m.id)
	if err != nil {
		return reply{}, err
	}
	if active != nil {
		return reply{status: http.StatusConflict, body: envelope{
			Message: "Remote access session already active for this RVM", Data: active.wire()}}, nil
	}
	if !m.reachable() {
		return refused(http.StatusServiceUnavailable, "Device port is closed or not reachable"), nil
	}
	return c.openRemote(m)
}

func (c *call) openRemote(m rvm) (reply, error) {
	in := c.input
	kind := in.str("access_type")
	if kind == "" {
		kind = "both"
	}
	made, err := c.tx.Exec(`INSERT INTO remote_sessions (rvm_id, admin_id, ip_address, port, access_type, minutes, reason,
		status, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?)`, m.id, in.integer("admin_id", 0),
		in.str("ip_address"), in.integer("port", 5001), kind, in.integer("session_duration", 60), in.text("reason"),
		c.now.Unix())
	if err != nil {
		return reply{}, err
	}
	id, err := made.LastInsertId()
	if err != nil {
		return reply{}, err
	}
	r, err := scanRemote(c.tx.QueryRow(remoteColumns+" WHERE id = ?", id))
	return ok("Remote access session started successfully", r.wire()), errors.Join(err, c.setStatus(m, "maintenance"))
}

func (c *call) setStatus(m rvm, status string) error {
	at := c.now.Unix()
	_, err := c.tx.Exec("UPDATE rvms SET status = ?, last_status_change = ?, updated_at = ? WHERE id = ?",
		status, at, at, m.id)
	return err
}

// activeRemote is the machine's open session, nil when there is none.
func (c *call) activeRemote(id int64) (*remoteSession, error) {
	r, err := scanRemote(c.tx.QueryRow(remoteColumns+
		" WHERE rvm_id = ? AND status = 'active' ORDER BY id DESC LIMIT 1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &r, err
}

// stopRemote makes the machine active whatever it was before.
func stopRemote(c *call, m rvm) (reply, error) {
	errs, err := c.validate(nil,
		must("admin_id", required(), isInteger(), existingUser()),
		must("reason", nullable, isString(), atMost(255)))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	r, err := c.activeRemote(m.id)
	if err != nil {
		return reply{}, err
	}
	if r == nil {
		return refused(http.StatusNotFound, "No active remote access session found"), nil
	}
	at := c.now.Unix()
	r.status, r.ended = "ended", &at
	_, err = c.tx.Exec("UPDATE remote_sessions SET status = ?, ended_at = ? WHERE id = ?", r.status, at, r.id)
	return ok("Remote access session stopped successfully", r.wire()), errors.Join(err, c.setStatus(m, "active"))
}

func remoteStatus(c *call, m rvm) (reply, error) {
	r, err := c.activeRemote(m.id)
	if r == nil || err != nil {
		return ok("No active remote access session", json.RawMessage("null")), err
	}
	return ok("Remote access status retrieved successfully", r.wire()), nil
}

// remoteHistory has the third shape of pages: figures and rows side by side in data.
func remoteHistory(c *call, m rvm) (reply, error) {
	w, _ := c.newWindow(100)
	if c.query("per_page") == "" {
		w.perPage = 20
	}
	total, err := count(c.tx, "SELECT count(*) FROM remote_sessions WHERE rvm_id = ?", m.id)
	if err != nil {
		return reply{}, err
	}
	found, err := rows(c.tx, scanRemote, remoteColumns+" WHERE rvm_id = ? ORDER BY id DESC LIMIT ? OFFSET ?",
		m.id, w.limit(), w.offset())
	sessions := []map[string]any{}
	for _, r := range found {
		sessions = append(sessions, r.wire())
	}
	return ok("Remote access history retrieved successfully", map[string]any{
		"sessions": sessions, "pagination": w.figures(len(sessions), total),
	}), err
}

func checkPort(c *call, m rvm) (reply, error) {
	status := "closed"
	if m.reachable() {
		status = "open"
	}
	return ok("Port checked", map[string]any{
		"rvm_id": m.id, "port": c.input.integer("port", 5001), "status": status, "checked_at": microStamp(c.now),
	}), nil
}
