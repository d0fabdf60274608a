package sandbox

import (
	"database/sql"
	"errors"
	"net/http"
)

// engine is a processing engine: an inference service that the platform knows by address.
type engine struct {
	ID                int64           `json:"id"`
	Name              string          `json:"name"`
	Type              string          `json:"type"`
	ServerAddress     string          `json:"server_address"`
	Port              int64           `json:"port"`
	GPUMemoryLimit    any             `json:"gpu_memory_limit"` // gigabytes; text once it was stored, as its column is
	DockerPassthrough bool            `json:"docker_gpu_passthrough"`
	ModelPath         *string         `json:"model_path"`
	ProcessingTimeout int64           `json:"processing_timeout"` // seconds
	AutoFailover      bool            `json:"auto_failover"`
	IsActive          bool            `json:"is_active"`
	IsOnline          bool            `json:"is_online"`
	LastPingAt        *string         `json:"last_ping_at"`
	PingResponseTime  *int64          `json:"ping_response_time"` // milliseconds; nothing ever measures it
	HealthStatus      *string         `json:"health_status"`
	CreatedAt         string          `json:"created_at"`
	UpdatedAt         string          `json:"updated_at"`
	RVMs              *[]engineTarget `json:"rvms,omitempty"`
}

// engineTarget is a machine that an engine works for.
type engineTarget struct {
	rvmWire
	Pivot pivot `json:"pivot"`
}

type pivot struct {
	EngineID int64  `json:"processing_engine_id"`
	RVMID    int64  `json:"rvm_id"`
	Priority string `json:"priority"`
	IsActive bool   `json:"is_active"`
}

const engineColumns = `e.id, e.name, e.type, e.server_address, e.port, e.gpu_memory_limit, e.docker_gpu_passthrough,
	e.model_path, e.processing_timeout, e.auto_failover, e.is_active, e.is_online, e.last_ping_at, e.created_at,
	e.updated_at`

func scanEngine(row scanner) (e engine, err error) {
	var memory *string
	var ping *int64
	var made, changed int64
	err = row.Scan(&e.ID, &e.Name, &e.Type, &e.ServerAddress, &e.Port, &memory, &e.DockerPassthrough, &e.ModelPath,
		&e.ProcessingTimeout, &e.AutoFailover, &e.IsActive, &e.IsOnline, &ping, &made, &changed)
	if memory != nil {
		e.GPUMemoryLimit = *memory
	}
	e.LastPingAt, e.CreatedAt, e.UpdatedAt = stampNull(ping), stamp(made), stamp(changed)
	return e, err
}

func engineRoutes(bearer guard) []route {
	return []route{
		on("GET", "api/v2/processing-engines", bearer, listEngines),
		on("POST", "api/v2/processing-engines", bearer, createEngine),
		on("GET", "api/v2/processing-engines/{}", bearer, withEngine(showEngine)),
		on("PUT", "api/v2/processing-engines/{}", bearer, withEngine(updateEngine)),
		on("DELETE", "api/v2/processing-engines/{}", bearer, withEngine(deleteEngine)),
		on("POST", "api/v2/processing-engines/{}/ping", bearer, withEngine(pingEngine)),
		on("POST", "api/v2/processing-engines/{}/assign", bearer, withEngine(assignEngine)),
	}
}

// withEngine binds the engine of the path, with the framework's own 404 when there is none.
func withEngine(act func(*call, engine) (reply, error)) action {
	return func(c *call) (reply, error) {
		id, refusal := c.databaseID()
		if refusal != nil {
			return *refusal, nil
		}
		e, err := c.engine(id)
		if errors.Is(err, sql.ErrNoRows) {
			return c.framework(http.StatusNotFound, missing("ProcessingEngine", id)), nil
		}
		if err != nil {
			return reply{}, err
		}
		return act(c, e)
	}
}

// engine reads one engine with the machines it works for.
func (c *call) engine(id int64) (engine, error) {
	e, err := scanEngine(c.tx.QueryRow("SELECT "+engineColumns+" FROM processing_engines e WHERE e.id = ?", id))
	if err != nil {
		return e, err
	}
	return e, c.attachTargets(&e)
}

func (c *call) attachTargets(e *engine) error {
	targets, err := rows(c.tx, func(row scanner) (t engineTarget, err error) {
		t.Pivot.EngineID = e.ID
		machine, err := scanRVM(withExtra{row, []any{&t.Pivot.Priority, &t.Pivot.IsActive}})
		t.rvmWire, t.Pivot.RVMID = machine.wire(), machine.id
		return t, err
	}, "SELECT "+rvmColumns+", p.priority, p.is_active FROM rvms r JOIN engine_rvm p ON p.rvm_id = r.id"+
		" WHERE p.processing_engine_id = ? ORDER BY r.id", e.ID)
	e.RVMs = &targets
	return err
}

// withExtra scans more columns behind those that a scan function knows.
type withExtra struct {
	scanner
	extra []any
}

// Scan reads the known columns and then the others.
func (w withExtra) Scan(dest ...any) error { return w.scanner.Scan(append(dest, w.extra...)...) }

func listEngines(c *call) (reply, error) {
	w, good := c.newWindow(0)
	if !good || c.query("status") != "" { // there is no such column
		return c.serverError(), nil
	}
	where, args := "", []any{}
	if kind := c.query("type"); kind != "" {
		where, args = " WHERE type = ?", append(args, kind)
	}
	total, err := count(c.tx, "SELECT count(*) FROM processing_engines"+where, args...)
	if err != nil {
		return reply{}, err
	}
	page, err := rows(c.tx, scanEngine, "SELECT "+engineColumns+" FROM processing_engines e"+where+
		" ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?", append(args, w.limit(), w.offset())...)
	for i := range page {
		err = errors.Join(err, c.attachTargets(&page[i]))
	}
	return ok("Processing engines retrieved successfully", c.paginator(w, page, len(page), total)), err
}

func engineSpecs(kept ...rule) []spec {
	need := func(rules ...rule) []rule { return append(append([]rule{}, kept...), rules...) }
	return []spec{
		{"name", need(required(), isString(), atMost(255))},
		{"type", need(required(), oneOf("nvidia_cuda", "jetson_edge"))},
		{"server_address", need(required(), isIP())},
		{"port", need(required(), isInteger(), atLeast(1), atMost(65535))},
		must("gpu_memory_limit", nullable, isInteger()),
		must("docker_gpu_passthrough", isBoolean()),
		must("model_path", nullable, isString()),
		must("processing_timeout", isInteger(), atLeast(1)),
		must("auto_failover", isBoolean()),
		must("is_active", isBoolean()),
	}
}

// createEngine does not look for the same address: duplicates pile up, as they do on the platform.
func createEngine(c *call) (reply, error) {
	errs, err := c.validate(nil, engineSpecs()...)
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	in, at := c.input, c.now.Unix()
	made, err := c.tx.Exec(`INSERT INTO processing_engines (name, type, server_address, port, gpu_memory_limit,
		docker_gpu_passthrough, model_path, processing_timeout, auto_failover, is_active, is_online, last_ping_at,
		created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)`,
		in.str("name"), in.str("type"), in.str("server_address"), in.integer("port", 0), in.text("gpu_memory_limit"),
		in.boolean("docker_gpu_passthrough", false), in.text("model_path"), in.integer("processing_timeout", 30),
		in.boolean("auto_failover", false), in.boolean("is_active", true), at, at, at)
	if err != nil {
		return reply{}, err
	}
	id, err := made.LastInsertId()
	if err != nil {
		return reply{}, err
	}
	return c.engineAsSent(id, http.StatusCreated, "Processing engine created successfully")
}

// engineAsSent answers a write: the memory limit still has the type in which it was sent.
func (c *call) engineAsSent(id int64, status int, message string) (reply, error) {
	e, err := c.engine(id)
	if c.input.has("gpu_memory_limit") {
		e.GPUMemoryLimit = c.input["gpu_memory_limit"]
	}
	return reply{status: status, body: envelope{Success: true, Message: message, Data: e}}, err
}

func showEngine(_ *call, e engine) (reply, error) {
	return ok("Processing engine retrieved successfully", e), nil
}

func updateEngine(c *call, e engine) (reply, error) {
	errs, err := c.validate(nil, engineSpecs(sometimes)...)
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	in := c.input
	keep := func(name string, old *string) *string {
		if in.has(name) {
			return in.text(name)
		}
		return old
	}
	var memory *string
	if text, is := e.GPUMemoryLimit.(string); is {
		memory = &text
	}
	_, err = c.tx.Exec(`UPDATE processing_engines SET name = ?, type = ?, server_address = ?, port = ?,
		gpu_memory_limit = ?, docker_gpu_passthrough = ?, model_path = ?, processing_timeout = ?, auto_failover = ?,
		is_active = ?, updated_at = ? WHERE id = ?`,
		keep("name", &e.Name), keep("type", &e.Type), keep("server_address", &e.ServerAddress),
		in.integer("port", e.Port), keep("gpu_memory_limit", memory),
		in.boolean("docker_gpu_passthrough", e.DockerPassthrough), keep("model_path", e.ModelPath),
		in.integer("processing_timeout", e.ProcessingTimeout), in.boolean("auto_failover", e.AutoFailover),
		in.boolean("is_active", e.IsActive), c.now.Unix(), e.ID)
	if err != nil {
		return reply{}, err
	}
	return c.engineAsSent(e.ID, http.StatusOK, "Processing engine updated successfully")
}

func deleteEngine(c *call, e engine) (reply, error) {
	_, err := c.tx.Exec("DELETE FROM processing_engines WHERE id = ?", e.ID)
	return ok("Processing engine deleted successfully", nil), err
}

// pingEngine contacts nobody: the platform only writes down that a ping was asked for.
func pingEngine(c *call, e engine) (reply, error) {
	at := c.now.Unix()
	_, err := c.tx.Exec(`UPDATE processing_engines SET is_online = 1, is_active = 1, last_ping_at = ?, updated_at = ?
		WHERE id = ?`, at, at, e.ID)
	return ok("Processing engine pinged successfully", map[string]any{
		"id": e.ID, "name": e.Name, "is_active": true, "is_online": true, "last_ping_at": stamp(at),
		"server_address": e.ServerAddress, "port": e.Port,
	}), err
}

// assignEngine takes every other engine away from the machine and ignores any priority, as the platform does.
func assignEngine(c *call, e engine) (reply, error) {
	errs, err := c.validate(nil, must("rvm_id", required(), existingRVM()))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	machine := c.input.integer("rvm_id", 0)
	if _, err := c.tx.Exec("DELETE FROM engine_rvm WHERE rvm_id = ?", machine); err != nil {
		return reply{}, err
	}
	if _, err := c.tx.Exec("INSERT INTO engine_rvm (rvm_id, processing_engine_id) VALUES (?, ?)", machine, e.ID); err != nil {
		return reply{}, err
	}
	assigned, err := c.engine(e.ID)
	if err != nil {
		return reply{}, err
	}
	target, err := c.rvm(machine)
	return ok("Processing engine assigned successfully", map[string]any{
		"processing_engine": assigned, "rvm": target.wire(),
	}), err
}
