package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// MachineCommand is an order that the platform passes on to a machine.
type MachineCommand struct {
	// Name is one of CommandNames.
	Name string
	// Payload is handed to the machine as it is; nil is an empty one.
	Payload map[string]any
}

// CommandResult is what a machine answered to an order.
type CommandResult struct {
	// ID is the platform's number of the order.
	ID int64 `json:"command_id"`
	// Message is the machine's sentence, or the platform's.
	Message string `json:"message"`
	// Data is whatever the machine sent along, nil when nothing.
	Data any `json:"data"`
}

// SentCommand is an order as the platform remembers it.
type SentCommand struct {
	ID   int64  `json:"id" wire:"command_id"`
	Name string `json:"command_name"`
	// Status is pending, executing, completed or failed. The platform also calls completed what it only simulated.
	Status       string    `json:"status"`
	ExecutedAt   time.Time `json:"executed_at,omitzero" wire:"created_at"`
	CompletedAt  time.Time `json:"completed_at,omitzero"`
	Result       any       `json:"result"`
	ErrorMessage string    `json:"error_message"`
	// Simulation is the mark of a made-up result where a build puts it beside the result.
	Simulation bool `json:"simulation"`
}

// Simulated says that the platform made the result up.
func (c SentCommand) Simulated() bool { return c.Simulation || simulated(c.Result) }

// SimulatedError says that the platform got no answer from the machine and made one up. The order was most likely not carried
// out; a machine that broke off while it answered looks the same.
type SimulatedError struct {
	Command string
	RVMID   int64
	// CommandID is the platform's number of the order, 0 when it gave none.
	CommandID int64
	// Message is what the platform pretends, redacted and bounded.
	Message string
}

func (e *SimulatedError) Error() string {
	return fmt.Sprintf("the platform got no answer from rvm %d to %s and made one up: %q", e.RVMID, e.Command, oneLine(e.Message))
}

// commandType is the group that the platform files an order under. It wants one and does not check it.
func commandType(name string) string {
	switch name {
	case "reboot_system", "restart_app":
		return "PROCESS_MANAGEMENT"
	case "open_door", "close_door", "run_motor_test":
		return "HARDWARE_CONTROL"
	case "check_system_health":
		return "DIAGNOSTICS"
	}
	return "SYSTEM_CONTROL"
}

// CommandNames are the orders that the platform knows.
func CommandNames() []string {
	return []string{"check_system_health", "restart_app", "reboot_system", "open_door", "close_door", "run_motor_test",
		"git_pull", "update_ai_model"}
}

const (
	// commandPatience covers the thirty seconds that the platform waits for a machine.
	commandPatience = 45 * time.Second
	maxPayload      = 64 << 10
)

// Execute has the platform send an order to a machine. *SimulatedError says that the machine has not confirmed it, whatever the
// platform says. An answer of failure is an *UncertainError: the platform passes an error of the machine on without saying what
// the machine did before.
func (s *RemoteService) Execute(ctx context.Context, rvm int64, command MachineCommand) (CommandResult, error) {
	if err := firstError(checkID("rvm", rvm), command.Validate()); err != nil {
		return CommandResult{}, err
	}
	payload := command.Payload
	if payload == nil {
		payload = map[string]any{}
	}
	k := call{method: http.MethodPost, path: idPath("/api/rvm", rvm, "/execute-command"), changes: true, patience: commandPatience,
		body: map[string]any{"command_type": commandType(command.Name), "command_name": command.Name, "command_payload": payload}}
	a, err := s.c.send(ctx, k)
	if err != nil {
		return CommandResult{}, consoleOnly(k, err)
	}
	var result CommandResult
	if err := decode(a.top, &result); a.top == nil || err != nil {
		return CommandResult{}, s.c.mistaken(k, a.from, "it is not the answer to a command")
	}
	if simulated(a.top) {
		return CommandResult{}, &SimulatedError{Command: command.Name, RVMID: rvm, CommandID: result.ID,
			Message: s.c.cleaner(k).text(result.Message, maxMessage)}
	}
	if reason := named("command", result.ID); reason != "" {
		return CommandResult{}, s.c.mistaken(k, a.from, reason)
	}
	return result, nil
}

// RecentCommands returns the last ten orders to a machine, newest first. Some builds answer that there is no such machine.
func (s *RemoteService) RecentCommands(ctx context.Context, rvm int64) ([]SentCommand, error) {
	if err := checkID("rvm", rvm); err != nil {
		return nil, err
	}
	k := get(idPath("/api/rvm", rvm, "/recent-commands"), nil)
	page, err := list[SentCommand](ctx, s.c, k)
	return page.Items, consoleOnly(k, err)
}

// Validate returns the first *LimitError, or nil.
func (c MachineCommand) Validate() error {
	if err := checkWord("command_name", c.Name, CommandNames()); err != nil {
		return err
	}
	raw, err := json.Marshal(c.Payload)
	if err != nil {
		return &LimitError{"command_payload", "a JSON object", "something else"}
	}
	if len(raw) > maxPayload {
		return &LimitError{"command_payload", fmt.Sprintf("at most %d bytes", maxPayload), fmt.Sprintf("%d bytes", len(raw))}
	}
	return nil
}

// simulated looks for the mark of a made-up answer anywhere in it. parseJSON has bounded the depth.
func simulated(v any) bool {
	switch v := unpack(v).(type) {
	case string:
		return madeUp(v)
	case []any:
		return slices.ContainsFunc(v, simulated)
	case map[string]any:
		for key, value := range v {
			if marks(key) && !isFalse(value) || simulated(value) {
				return true
			}
		}
	}
	return false
}

// marks says whether a key names the mark: "simulation", "Simulated", "is_simulated".
func marks(key string) bool {
	key = strings.ToLower(key)
	return strings.HasSuffix(key, "simulation") || strings.HasSuffix(key, "simulated")
}

// isFalse takes what cannot be read for a mark: a door that is said to be open must be open.
func isFalse(v any) bool {
	yes, err := wireBool(v)
	return err == nil && !yes
}

// madeUp recognises the mark in a sentence of the platform, and where it is the whole of one.
func madeUp(text string) bool {
	text = strings.ToUpper(strings.Trim(text, " .!"))
	return strings.Contains(text, "(SIMULATED)") || strings.Contains(text, "[SIMULATED]") || text == "SIMULATED" || text == "SIMULATION"
}
