package sandbox

import "encoding/json"

// rvm is a machine's row.
type rvm struct {
	id                int64
	name              string
	location          *string
	status            string
	apiKey            string
	changed           *int64
	pin               *string
	remote, kiosk     bool
	settings          *string // JSON
	created, modified int64
}

// rvmWire is the whole model as the platform shows it, pin and key included.
type rvmWire struct {
	ID               int64           `json:"id"`
	Name             string          `json:"name"`
	Location         *string         `json:"location_description"`
	Status           string          `json:"status"`
	APIKey           string          `json:"api_key"`
	CreatedAt        string          `json:"created_at"`
	UpdatedAt        string          `json:"updated_at"`
	LastStatusChange *string         `json:"last_status_change"`
	AccessPIN        *string         `json:"admin_access_pin"`
	RemoteAccess     bool            `json:"remote_access_enabled"`
	KioskMode        bool            `json:"kiosk_mode_enabled"`
	POSSettings      json.RawMessage `json:"pos_settings"`
}

const rvmColumns = `r.id, r.name, r.location_description, r.status, r.api_key, r.last_status_change, r.admin_access_pin,
	r.remote_access_enabled, r.kiosk_mode_enabled, r.pos_settings, r.created_at, r.updated_at`

func scanRVM(row scanner) (m rvm, err error) {
	err = row.Scan(&m.id, &m.name, &m.location, &m.status, &m.apiKey, &m.changed, &m.pin, &m.remote, &m.kiosk,
		&m.settings, &m.created, &m.modified)
	return m, err
}

// rvm reads one machine; sql.ErrNoRows when there is none.
func (c *call) rvm(id int64) (rvm, error) {
	return scanRVM(c.tx.QueryRow("SELECT "+rvmColumns+" FROM rvms r WHERE r.id = ?", id))
}

func (m rvm) wire() rvmWire {
	settings := json.RawMessage("null")
	if m.settings != nil {
		settings = json.RawMessage(*m.settings)
	}
	return rvmWire{m.id, m.name, m.location, m.status, m.apiKey, stamp(m.created), stamp(m.modified),
		stampNull(m.changed), m.pin, m.remote, m.kiosk, settings}
}

// statusInfo is how the platform's console shows a status.
func statusInfo(status string) map[string]any {
	looks := map[string][4]string{
		"active":      {"Active", "green", "RVM is running normally", "check-circle"},
		"inactive":    {"Inactive", "gray", "RVM is switched off", "x-circle"},
		"maintenance": {"Maintenance", "yellow", "RVM is under maintenance", "wrench"},
		"full":        {"Full", "red", "RVM storage is full", "exclamation-triangle"},
		"error":       {"Error", "red", "RVM has an error", "exclamation-circle"},
	}
	look, known := looks[status]
	if !known {
		look = [4]string{"Unknown", "gray", "RVM status is unknown", "question-mark-circle"}
	}
	return map[string]any{"label": look[0], "color": look[1], "description": look[2], "icon": look[3]}
}

// sessionFigures counts a machine's sessions.
type sessionFigures struct{ all, active, today int }

func (c *call) sessionsOf(id int64) (f sessionFigures, err error) {
	err = c.tx.QueryRow(`SELECT count(*), coalesce(sum(status = 'active'), 0), coalesce(sum(created_at >= ?), 0)
		FROM rvm_sessions WHERE rvm_id = ?`, c.midnight(), id).Scan(&f.all, &f.active, &f.today)
	return f, err
}

// midnight is the start of the current UTC day.
func (c *call) midnight() int64 { return c.now.Unix() - c.now.Unix()%86400 }
