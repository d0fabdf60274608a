package sandbox

import (
	"database/sql"
	"errors"
	"net/http"
	"time"
)

// demoTimezone is where the demo's machines stand.
const demoTimezone = "Asia/Jakarta"

// withAPIKey finds the machine that a key belongs to: from the header, or from the body.
func (c *call) withAPIKey(act func(rvm) (reply, error)) (reply, error) {
	key := c.r.Header.Get("X-API-Key")
	if key == "" {
		key = c.input.str("api_key")
	}
	if key == "" {
		return refused(http.StatusUnauthorized, "API key is required"), nil
	}
	m, err := scanRVM(c.tx.QueryRow("SELECT "+rvmColumns+" FROM rvms r WHERE r.api_key = ?", key))
	if errors.Is(err, sql.ErrNoRows) {
		return refused(http.StatusUnauthorized, "Invalid API key"), nil
	}
	if err != nil {
		return reply{}, err
	}
	return act(m)
}

// claimMachine binds a device to the machine whose key it holds. The number must be given too, and must be that
// machine's.
func claimMachine(c *call) (reply, error) {
	return c.withAPIKey(func(m rvm) (reply, error) {
		errs, err := c.validate(nil,
			must("rvm_id", required(), isInteger(), existingRVM()),
			must("device_name", nullable, isString(), atMost(255)),
			must("software_version", nullable, isString(), atMost(255)),
			must("timezone", nullable, isString(), atMost(100)))
		if err != nil || errs != nil {
			return invalid(errs), err
		}
		if c.input.integer("rvm_id", 0) != m.id {
			return refused(http.StatusUnauthorized, "Invalid API key"), nil
		}
		_, err = c.tx.Exec(`INSERT INTO rvm_devices (rvm_id, device_name, software_version, timezone, claimed_at)
			VALUES (?, ?, ?, ?, ?) ON CONFLICT (rvm_id) DO UPDATE SET device_name = coalesce(excluded.device_name, device_name),
			software_version = coalesce(excluded.software_version, software_version),
			timezone = coalesce(excluded.timezone, timezone), claimed_at = excluded.claimed_at`,
			m.id, c.input.text("device_name"), c.input.text("software_version"), c.input.text("timezone"), c.now.Unix())
		if err != nil {
			return reply{}, err
		}
		zone := demoTimezone
		err = c.tx.QueryRow("SELECT coalesce(timezone, ?) FROM rvm_devices WHERE rvm_id = ?", demoTimezone, m.id).Scan(&zone)
		return ok("RVM claimed successfully", map[string]any{
			"rvm_id": m.id, "name": m.name, "timezone": zone, "timezone_offset": offsetOf(zone, c.now),
		}), err
	})
}

// offsetOf is a zone's distance from UTC, zero for a zone that this machine does not know.
func offsetOf(zone string, at time.Time) string {
	place, err := time.LoadLocation(zone)
	if err != nil {
		return "+00:00"
	}
	return at.In(place).Format("-07:00")
}

// selfFields are what a device may tell about itself, in the order of the answer.
func selfFields() []string {
	return []string{"ip_address", "port", "timezone", "latitude", "longitude"}
}

func updateMachine(c *call) (reply, error) {
	return c.withAPIKey(func(m rvm) (reply, error) {
		errs, err := c.validate(nil,
			must("ip_address", nullable, isIP()),
			must("port", nullable, isInteger(), atLeast(1), atMost(65535)),
			must("timezone", nullable, isString(), atMost(100)),
			must("latitude", nullable, isNumeric(), atLeast(-90), atMost(90)),
			must("longitude", nullable, isNumeric(), atLeast(-180), atMost(180)))
		if err != nil || errs != nil {
			return invalid(errs), err
		}
		if _, err := c.tx.Exec("INSERT INTO rvm_devices (rvm_id) VALUES (?) ON CONFLICT DO NOTHING", m.id); err != nil {
			return reply{}, err
		}
		updated := map[string]any{"rvm_id": m.id}
		for _, name := range selfFields() {
			if !c.input.has(name) {
				continue
			}
			updated[name] = c.input[name]
			if _, err := c.tx.Exec("UPDATE rvm_devices SET "+name+" = ? WHERE rvm_id = ?", c.input.text(name), m.id); err != nil {
				return reply{}, err
			}
		}
		return ok("RVM updated successfully", updated), nil
	})
}
