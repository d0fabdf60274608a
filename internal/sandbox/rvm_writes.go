package sandbox

// inventoryStatuses are what the inventory endpoints take; the admin endpoints know two more.
func inventoryStatuses() []string { return []string{"active", "inactive", "maintenance", "full"} }

func createRVM(c *call) (reply, error) {
	errs, err := c.validate(nil,
		must("name", required(), isString(), atMost(255), unique("rvms", 0)),
		must("location_description", nullable, isString(), atMost(1000)),
		must("status", required(), oneOf(inventoryStatuses()...)),
		must("api_key", nullable, isString(), atMost(255), unique("rvms", 0)))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	if c.input.has("api_key") && c.input["api_key"] == nil {
		return caught("Failed to create RVM", notNull("api_key")), nil
	}
	key, at := c.input.str("api_key"), c.now.Unix()
	if key == "" {
		key = newAPIKey()
	}
	made, err := c.tx.Exec(`INSERT INTO rvms (name, location_description, status, api_key, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?)`, c.input.str("name"), c.input.text("location_description"), c.input.str("status"),
		key, at, at)
	if err != nil {
		return reply{}, err
	}
	id, err := made.LastInsertId()
	return created("RVM created successfully", map[string]any{
		"id": id, "name": c.input.str("name"), "location_description": c.input.text("location_description"),
		"status": c.input.str("status"), "api_key": key, "created_at": stamp(at),
	}), err
}

func newAPIKey() string { return "rvm_" + randomText(32) }

// notNull is what the platform's database says about a null that passed validation.
func notNull(column string) string {
	return `SQLSTATE[23502]: Not null violation: 7 ERROR:  null value in column "` + column +
		`" of relation "reverse_vending_machines" violates not-null constraint`
}

func updateRVM(c *call, m rvm) (reply, error) {
	errs, err := c.validate(nil,
		must("name", sometimes, required(), isString(), atMost(255), unique("rvms", m.id)),
		must("location_description", sometimes, nullable, isString(), atMost(1000)),
		must("status", sometimes, required(), oneOf(inventoryStatuses()...)),
		must("api_key", sometimes, nullable, isString(), atMost(255), unique("rvms", m.id)))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	if c.input.has("api_key") {
		if c.input["api_key"] == nil {
			return caught("Failed to update RVM", notNull("api_key")), nil
		}
		m.apiKey = c.input.str("api_key")
	}
	if c.input.has("name") {
		m.name = c.input.str("name")
	}
	if c.input.has("location_description") {
		m.location = c.input.text("location_description")
	}
	if c.input.has("status") {
		m.status = c.input.str("status")
	}
	m.modified = c.now.Unix()
	_, err = c.tx.Exec(`UPDATE rvms SET name = ?, location_description = ?, status = ?, api_key = ?, updated_at = ?
		WHERE id = ?`, m.name, m.location, m.status, m.apiKey, m.modified, m.id)
	return ok("RVM updated successfully", map[string]any{
		"id": m.id, "name": m.name, "location_description": m.location, "status": m.status, "api_key": m.apiKey,
		"updated_at": stamp(m.modified),
	}), err
}

// patchRVMStatus leaves last_status_change alone, as the platform does.
func patchRVMStatus(c *call, m rvm) (reply, error) {
	errs, err := c.validate(nil, must("status", required(), oneOf(inventoryStatuses()...)))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	status, at := c.input.str("status"), c.now.Unix()
	_, err = c.tx.Exec("UPDATE rvms SET status = ?, updated_at = ? WHERE id = ?", status, at, m.id)
	return ok("RVM status updated successfully", map[string]any{
		"id": m.id, "name": m.name, "status": status, "updated_at": stamp(at),
	}), err
}

func regenerateKey(c *call, m rvm) (reply, error) {
	key, at := newAPIKey(), c.now.Unix()
	_, err := c.tx.Exec("UPDATE rvms SET api_key = ?, updated_at = ? WHERE id = ?", key, at, m.id)
	return ok("RVM API key regenerated successfully", map[string]any{
		"id": m.id, "name": m.name, "api_key": key, "updated_at": stamp(at),
	}), err
}
