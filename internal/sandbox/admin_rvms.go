package sandbox

import (
	"database/sql"
	"errors"
	"net/http"
	"slices"
	"time"
)

func adminRVMRoutes(admin guard) []route {
	const base = "api/v2/admin/rvm/"
	return []route{
		on("GET", base+"list", admin, adminList),
		on("GET", base+"monitoring", admin, adminMonitoring),
		on("GET", base+"{}/details", admin, adminDetails),
		on("POST", base+"{}/remote-access", admin, remoteAccess),
		on("POST", base+"{}/status", admin, adminStatus),
		on("PUT", base+"{}/settings", admin, adminSettings),
	}
}

// masterPIN opens every machine: the platform carries such PINs in its code. These are placeholders for them.
func masterPIN(pin string) bool {
	return slices.Contains([]string{"2000", "2001", "2002", "2003"}, pin)
}

// withAdminRVM finds the machine of the path with the console's own 404.
func (c *call) withAdminRVM(act func(rvm) (reply, error)) (reply, error) {
	id, refusal := c.databaseID()
	if refusal != nil {
		return *refusal, nil
	}
	m, err := c.rvm(id)
	if errors.Is(err, sql.ErrNoRows) {
		return refused(http.StatusNotFound, "RVM not found"), nil
	}
	if err != nil {
		return reply{}, err
	}
	return act(m)
}

func (c *call) allRVMs() ([]rvm, error) {
	return rows(c.tx, scanRVM, "SELECT "+rvmColumns+" FROM rvms r ORDER BY r.id")
}

// adminList is up to ten minutes old: a changed status does not clear it.
func adminList(c *call) (reply, error) {
	data, err := c.s.stale.get("list", 10*time.Minute, c.now, func() (any, error) {
		machines, err := c.allRVMs()
		items := []map[string]any{}
		for _, m := range machines {
			sessions, sessionErr := c.sessionsOf(m.id)
			err = errors.Join(err, sessionErr)
			items = append(items, map[string]any{
				"id": m.id, "name": m.name, "location_description": m.location, "status": m.status,
				"last_status_change": stampNull(m.changed), "created_at": stamp(m.created),
				"active_sessions": sessions.active, "total_sessions_today": sessions.today,
			})
		}
		return items, err
	})
	return reply{status: http.StatusOK, body: envelope{Success: true, Data: data, Cached: true, Optimized: true}}, err
}

// adminMonitoring is up to a minute old.
func adminMonitoring(c *call) (reply, error) {
	data, err := c.s.stale.get("monitoring", time.Minute, c.now, c.monitoring)
	return reply{status: http.StatusOK, body: envelope{Success: true, Data: data, Cached: true}}, err
}

func (c *call) monitoring() (any, error) {
	machines, err := c.allRVMs()
	statuses := map[string]int{}
	items := []map[string]any{}
	var active, sessionsToday, depositsToday int
	for _, m := range machines {
		sessions, sessionErr := c.sessionsOf(m.id)
		deposits, depositErr := count(c.tx, "SELECT count(*) FROM deposits WHERE rvm_id = ? AND created_at >= ?",
			m.id, c.midnight())
		err = errors.Join(err, sessionErr, depositErr)
		statuses[m.status]++
		active, sessionsToday, depositsToday = active+sessions.active, sessionsToday+sessions.today, depositsToday+deposits
		items = append(items, map[string]any{
			"id": m.id, "name": m.name, "location": m.location, "status": m.status, "created_at": stamp(m.created),
			"last_status_change": stampNull(m.changed), "active_sessions": sessions.active,
			"total_sessions_today": sessions.today, "deposits_today": deposits, "remote_access_enabled": m.remote,
			"kiosk_mode_enabled": m.kiosk, "api_key": m.apiKey, "status_info": statusInfo(m.status),
		})
	}
	return map[string]any{
		"total_rvms": len(machines), "status_counts": mapOrList(statuses), "active_sessions": active,
		"total_sessions_today": sessionsToday, "total_deposits_today": depositsToday, "rvms": items,
	}, err
}

// mapOrList is PHP's view of an empty map: a list.
func mapOrList(m map[string]int) any {
	if len(m) == 0 {
		return []any{}
	}
	return m
}

func adminDetails(c *call) (reply, error) {
	return c.withAdminRVM(func(m rvm) (reply, error) {
		found, err := c.recentSessions(m.id, -1)
		newest := []map[string]any{}
		for _, s := range found {
			newest = append(newest, s.wire())
		}
		sessions := slices.Clone(newest)
		slices.Reverse(sessions)
		return ok("", map[string]any{
			"rvm": struct {
				rvmWire
				Sessions any `json:"sessions"`
			}{m.wire(), sessions},
			"recent_activity": newest[:min(10, len(newest))],
			"status_info":     statusInfo(m.status),
		}), err
	})
}

// remoteAccess answers 401 for a wrong PIN: that says nothing about the caller's token.
func remoteAccess(c *call) (reply, error) {
	errs, err := c.validate(nil, must("access_pin", required(), isString(), atLeast(4), atMost(8)))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	return c.withAdminRVM(func(m rvm) (reply, error) {
		pin := c.input.str("access_pin")
		switch {
		case !m.remote:
			return refused(http.StatusForbidden, "Remote access is disabled for this RVM"), nil
		case !masterPIN(pin) && (m.pin == nil || *m.pin != pin):
			return refused(http.StatusUnauthorized, "Invalid access pin"), nil
		}
		token := randomText(32)
		return ok("", map[string]any{
			"access_token": token, "rvm": m.wire(),
			"access_url":         "http://localhost:8000/admin/rvm/" + c.params[0] + "/remote/" + token,
			"expires_at":         microStamp(c.now.Add(2 * time.Hour)),
			"kiosk_mode_enabled": m.kiosk,
		}), nil
	})
}

func adminStatus(c *call) (reply, error) {
	errs, err := c.validate(nil, must("status", required(), oneOf(append(inventoryStatuses(), "error", "unknown")...)))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	return c.withAdminRVM(func(m rvm) (reply, error) {
		status, at := c.input.str("status"), c.now.Unix()
		_, err := c.tx.Exec("UPDATE rvms SET status = ?, last_status_change = ?, updated_at = ? WHERE id = ?",
			status, at, at, m.id)
		return ok("RVM status updated successfully", map[string]any{
			"rvm_id": c.params[0], "old_status": m.status, "new_status": status, "changed_at": microStamp(c.now),
		}), err
	})
}

func adminSettings(c *call) (reply, error) {
	errs, err := c.validate(nil,
		must("admin_access_pin", nullable, isString(), atLeast(4), atMost(8)),
		must("remote_access_enabled", isBoolean()),
		must("kiosk_mode_enabled", isBoolean()),
		must("pos_settings", isArray()))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	return c.withAdminRVM(func(m rvm) (reply, error) {
		if c.input.has("admin_access_pin") {
			m.pin = c.input.text("admin_access_pin")
		}
		m.remote = c.input.boolean("remote_access_enabled", m.remote)
		m.kiosk = c.input.boolean("kiosk_mode_enabled", m.kiosk)
		if settings, given := c.input["pos_settings"]; given {
			encoded, err := phpJSON(emptyAsList(settings), false)
			if err != nil {
				return reply{}, err
			}
			text := string(encoded)
			m.settings = &text
		}
		m.modified = c.now.Unix()
		_, err := c.tx.Exec(`UPDATE rvms SET admin_access_pin = ?, remote_access_enabled = ?, kiosk_mode_enabled = ?,
			pos_settings = ?, updated_at = ? WHERE id = ?`, m.pin, m.remote, m.kiosk, m.settings, m.modified, m.id)
		return ok("RVM settings updated successfully", m.wire()), err
	})
}

// emptyAsList turns empty maps at every depth into lists, as PHP's arrays do on their way through it.
func emptyAsList(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			return []any{}
		}
		for k := range v {
			v[k] = emptyAsList(v[k])
		}
	case []any:
		for i := range v {
			v[i] = emptyAsList(v[i])
		}
	}
	return value
}
