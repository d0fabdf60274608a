package sandbox

import (
	"database/sql"
	"errors"
	"net/http"
)

// obedient is the one machine whose device carries commands out. The devices of all others are not there: the platform
// pretends then, and says so only in a suffix and a flag. That way both outcomes can be tried.
const obedient = 1

// order is a command to a machine's device.
type order struct {
	id, rvmID  int64
	kind, name string
	payload    string // JSON
	status     string
	simulated  bool
	created    int64
}

const orderColumns = "SELECT id, rvm_id, type, name, payload, status, simulated, created_at FROM device_commands"

func scanOrder(row scanner) (o order, err error) {
	err = row.Scan(&o.id, &o.rvmID, &o.kind, &o.name, &o.payload, &o.status, &o.simulated, &o.created)
	return o, err
}

func (o order) wire() map[string]any {
	w := map[string]any{"command_id": o.id, "rvm_id": o.rvmID, "command_type": o.kind, "command_name": o.name,
		"status": o.status, "created_at": stamp(o.created)}
	if o.simulated {
		w["simulation"] = true
	}
	return w
}

// orderAnswer is the only answer with the number of a command beside its data; both are null for an unknown machine.
type orderAnswer struct {
	Success   bool   `json:"success"`
	Message   string `json:"message"`
	CommandID *int64 `json:"command_id"`
	Data      any    `json:"data"`
}

func commandRoutes(base string, g guard) []route {
	return []route{
		on("POST", base+"execute-command", g, withOrders(executeCommand)),
		on("GET", base+"recent-commands", g, withOrders(recentCommands)),
		on("GET", base+"command/{}/status", g, withOrders(commandStatus)),
	}
}

// withOrders finds the machine with this controller's own 404.
func withOrders(act func(*call, rvm) (reply, error)) action {
	return func(c *call) (reply, error) {
		id, refusal := c.id()
		if refusal != nil {
			return *refusal, nil
		}
		m, err := c.rvm(id)
		if errors.Is(err, sql.ErrNoRows) {
			return reply{status: http.StatusNotFound, body: orderAnswer{Message: "RVM not found"}}, nil
		}
		if err != nil {
			return reply{}, err
		}
		return act(c, m)
	}
}

// executeCommand validates inside its own catch: what does not pass is a server error.
func executeCommand(c *call, m rvm) (reply, error) {
	errs, err := c.validate(nil, must("command_type", required(), isString(), atMost(255)),
		must("command_name", required(), isString(), atMost(255)), must("command_payload", nullable, isArray()))
	if err != nil {
		return reply{}, err
	}
	if errs != nil {
		return reply{status: http.StatusInternalServerError, body: orderAnswer{Message: errs.summary()}}, nil
	}
	payload, err := phpJSON(emptyAsList(c.input["command_payload"]), false)
	if err != nil {
		return reply{}, err
	}
	o := order{rvmID: m.id, kind: c.input.str("command_type"), name: c.input.str("command_name"), status: "completed",
		payload: string(payload), simulated: m.id != obedient, created: c.now.Unix()}
	made, err := c.tx.Exec(`INSERT INTO device_commands (rvm_id, type, name, payload, status, simulated, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, o.rvmID, o.kind, o.name, o.payload, o.status, o.simulated, o.created)
	if err != nil {
		return reply{}, err
	}
	o.id, err = made.LastInsertId()
	message := "Command " + o.name + " executed successfully"
	if o.simulated {
		message += " (SIMULATED)"
	}
	return reply{status: http.StatusOK, body: orderAnswer{true, message, &o.id, o.wire()}}, err
}

func recentCommands(c *call, m rvm) (reply, error) {
	found, err := rows(c.tx, scanOrder, orderColumns+" WHERE rvm_id = ? ORDER BY id DESC LIMIT 10", m.id)
	recent := []map[string]any{}
	for _, o := range found {
		recent = append(recent, o.wire())
	}
	return ok("Recent commands retrieved successfully", recent), err
}

func commandStatus(c *call, m rvm) (reply, error) {
	id, good := pathInt(c.params[1])
	if !good {
		return c.serverError(), nil
	}
	o, err := scanOrder(c.tx.QueryRow(orderColumns+" WHERE id = ? AND rvm_id = ?", id, m.id))
	if errors.Is(err, sql.ErrNoRows) {
		return refused(http.StatusNotFound, "Command not found"), nil
	}
	return ok("Command status retrieved successfully", o.wire()), err
}
