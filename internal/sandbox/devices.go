package sandbox

import (
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"time"
)

// deviceTokenDays is how long a machine's token lives; unlike a person's token it does expire.
const deviceTokenDays = 30

func deviceRoutes(public guard) []route {
	return []route{
		on("POST", "api/rvm/generate-token", public, generateDeviceToken),
		on("POST", "api/rvm/validate-token", public, withDeviceToken(validateDeviceToken)),
		on("POST", "api/rvm/revoke-token", public, withDeviceToken(revokeDeviceToken)),
		on("POST", "api/v2/rvm/self/claim", public, claimMachine),
		on("PATCH", "api/v2/rvm/self/update", public, updateMachine),
	}
}

// deviceRefusal is the error shape that only the token endpoints have: a short title beside the message.
func deviceRefusal(status int, title, message string) reply {
	return reply{status: status, body: envelope{Error: title, Message: message}}
}

// generateDeviceToken asks nobody who they are. It validates inside its own catch, so what does not pass is a server
// error; and it finds the machine by its number or by the address it last told.
func generateDeviceToken(c *call) (reply, error) {
	const failed = "Token generation failed"
	errs, err := c.validate(nil, must("rvm_id", required(), isString()), must("ip_address", required(), isIP()))
	if err != nil {
		return reply{}, err
	}
	if errs != nil {
		return deviceRefusal(http.StatusInternalServerError, failed, errs.summary()), nil
	}
	id, whole := asInteger(c.input["rvm_id"])
	if !whole {
		return deviceRefusal(http.StatusInternalServerError, failed, badBigint(c.input.str("rvm_id"))), nil
	}
	m, err := scanRVM(c.tx.QueryRow("SELECT "+rvmColumns+` FROM rvms r LEFT JOIN rvm_devices d ON d.rvm_id = r.id
		WHERE r.id = ? OR d.ip_address = ? ORDER BY r.id <> ?, r.id LIMIT 1`, id, c.input.str("ip_address"), id))
	if errors.Is(err, sql.ErrNoRows) {
		return deviceRefusal(http.StatusNotFound, "RVM not found", "No RVM found with the provided ID or IP address"), nil
	}
	if err != nil {
		return reply{}, err
	}
	return c.giveDeviceToken(m)
}

// badBigint is what the platform's database says about text that is no whole number.
func badBigint(text string) string {
	return `SQLSTATE[22P02]: Invalid text representation: 7 ERROR:  invalid input syntax for type bigint: "` + text + `"`
}

// giveDeviceToken replaces the machine's earlier token: it holds one.
func (c *call) giveDeviceToken(m rvm) (reply, error) {
	token, expires := randomText(64), c.now.AddDate(0, 0, deviceTokenDays)
	if _, err := c.tx.Exec("DELETE FROM device_tokens WHERE rvm_id = ?", m.id); err != nil {
		return reply{}, err
	}
	_, err := c.tx.Exec("INSERT INTO device_tokens (hash, rvm_id, ip_address, expires_at, created_at) VALUES (?, ?, ?, ?, ?)",
		tokenHash(token), m.id, c.input.str("ip_address"), expires.Unix(), c.now.Unix())
	root := c.appURL()
	return ok("Token generated successfully", map[string]any{
		"rvm_id": m.id, "rvm_name": m.name, "api_token": token, "expires_at": microStamp(expires), "server_url": root,
		"endpoints": map[string]string{
			"metrics":        root + "/api/rvm/" + phpString(m.id) + "/metrics",
			"validate_token": root + "/api/rvm/validate-token",
			"revoke_token":   root + "/api/rvm/revoke-token",
		},
	}), err
}

// deviceToken is a machine's token as stored, without itself.
type deviceToken struct {
	hash, address string
	rvmID         int64
	expires       int64
}

// withDeviceToken reads the machine's token from the bearer header. These tokens have no number in front, and persons'
// tokens are none of them.
func withDeviceToken(act func(*call, deviceToken) (reply, error)) action {
	return func(c *call) (reply, error) {
		scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
		if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
			return deviceRefusal(http.StatusUnauthorized, "Token required", "No token provided"), nil
		}
		t := deviceToken{hash: tokenHash(token)}
		err := c.tx.QueryRow("SELECT rvm_id, ip_address, expires_at FROM device_tokens WHERE hash = ?", t.hash).
			Scan(&t.rvmID, &t.address, &t.expires)
		if errors.Is(err, sql.ErrNoRows) || err == nil && t.expires <= c.now.Unix() {
			return deviceRefusal(http.StatusUnauthorized, "Invalid token", "The provided token is invalid or expired"), nil
		}
		if err != nil {
			return reply{}, err
		}
		return act(c, t)
	}
}

func validateDeviceToken(c *call, t deviceToken) (reply, error) {
	m, err := c.rvm(t.rvmID)
	return ok("Token is valid", map[string]any{
		"rvm_id": m.id, "rvm_name": m.name, "location": m.location, "status": m.status, "ip_address": t.address,
		"expires_at": microStamp(time.Unix(t.expires, 0)),
	}), err
}

func revokeDeviceToken(c *call, t deviceToken) (reply, error) {
	_, err := c.tx.Exec("DELETE FROM device_tokens WHERE hash = ?", t.hash)
	return ok("Token revoked successfully", nil), err
}
