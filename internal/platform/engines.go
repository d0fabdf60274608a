package platform

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// EnginesService keeps the platform's register of inference services.
type EnginesService struct{ c *Client }

const enginesPath = "/api/v2/processing-engines"

// Types of engines that the platform accepts.
const (
	EngineTypeJetson = "jetson_edge"
	EngineTypeCUDA   = "nvidia_cuda"
)

// Engine is an inference service as the platform holds it.
type Engine struct {
	ID            int64  `json:"id"`
	Name          string `json:"name"`
	Type          string `json:"type"`
	ServerAddress string `json:"server_address"`
	Port          int    `json:"port"`
	// GPUMemoryLimit is kept as text by the platform and in two units; see Memory.
	GPUMemoryLimit       Memory `json:"gpu_memory_limit"`
	DockerGPUPassthrough bool   `json:"docker_gpu_passthrough"`
	ModelPath            string `json:"model_path"`
	// ProcessingTimeout is in seconds.
	ProcessingTimeout int  `json:"processing_timeout"`
	AutoFailover      bool `json:"auto_failover"`
	IsActive          bool `json:"is_active"`
	// IsOnline and LastPingAt are recorded by the platform without contacting the engine.
	IsOnline   bool      `json:"is_online"`
	LastPingAt time.Time `json:"last_ping_at,omitzero"`
	// PingResponseTime is in milliseconds, 0 when never recorded.
	PingResponseTime int         `json:"ping_response_time"`
	RVMs             []EngineRVM `json:"rvms"`
	CreatedAt        time.Time   `json:"created_at,omitzero"`
	UpdatedAt        time.Time   `json:"updated_at,omitzero"`
}

// EngineRVM is a machine that an engine serves.
type EngineRVM struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

// EngineSpec is what an operator may say about an engine. Nil and zero optional fields are not sent, so the platform
// keeps what it has or applies its default.
type EngineSpec struct {
	Name string `json:"name"`
	// Type is EngineTypeJetson or EngineTypeCUDA.
	Type string `json:"type"`
	// ServerAddress is an IP address; the platform refuses host names and address:port.
	ServerAddress string `json:"server_address"`
	Port          int    `json:"port"`
	// GPUMemoryGB is in GB, 1–256.
	GPUMemoryGB          int    `json:"gpu_memory_limit,omitempty"`
	DockerGPUPassthrough *bool  `json:"docker_gpu_passthrough,omitempty"`
	ModelPath            string `json:"model_path,omitempty"`
	// ProcessingTimeout is in seconds, 1–300.
	ProcessingTimeout int   `json:"processing_timeout,omitempty"`
	AutoFailover      *bool `json:"auto_failover,omitempty"`
	IsActive          *bool `json:"is_active,omitempty"`
}

// EngineQuery selects engines; zero fields do not restrict.
type EngineQuery struct {
	Type          string
	Page, PerPage int
}

// EnginePing is what the platform recorded. It did not contact the engine.
type EnginePing struct {
	ID            int64     `json:"id"`
	Name          string    `json:"name"`
	IsActive      bool      `json:"is_active"`
	IsOnline      bool      `json:"is_online"`
	LastPingAt    time.Time `json:"last_ping_at,omitzero"`
	ServerAddress string    `json:"server_address"`
	Port          int       `json:"port"`
}

// Assignment binds an engine to a machine.
type Assignment struct {
	RVMID int64 `json:"rvm_id"`
	// Priority is primary, secondary or backup, or empty. Platforms known so far accept and ignore it.
	Priority string `json:"priority,omitempty"`
}

// Assigned is the engine and the machine after an assignment.
type Assigned struct {
	Engine Engine    `json:"processing_engine" wire:"engine"`
	RVM    EngineRVM `json:"rvm"`
}

// List returns one page of engines.
func (s *EnginesService) List(ctx context.Context, q EngineQuery) (Page[Engine], error) {
	query := url.Values{}
	setText(query, "type", q.Type)
	if err := firstError(checkOptionalTrimmed("type", q.Type, maxName), pages(query, q.Page, q.PerPage)); err != nil {
		return Page[Engine]{}, err
	}
	return list[Engine](ctx, s.c, get(enginesPath, query))
}

// All yields every engine that q selects, each once; the page fields of q are ignored.
func (s *EnginesService) All(ctx context.Context, q EngineQuery) iter.Seq2[Engine, error] {
	return walker[Engine]{
		what: "engines",
		page: func(page, perPage int) (Page[Engine], error) {
			return s.List(ctx, EngineQuery{q.Type, page, perPage})
		},
		id: func(e Engine) int64 { return e.ID },
	}.all()
}

// Get returns one engine.
func (s *EnginesService) Get(ctx context.Context, id int64) (Engine, error) {
	if err := checkID("engine", id); err != nil {
		return Engine{}, err
	}
	return fetch(ctx, s.c, get(idPath(enginesPath, id, ""), nil), func(e Engine) string { return same("engine", e.ID, id) })
}

// Create registers another engine. Names and addresses are not unique on the platform: look before creating.
func (s *EnginesService) Create(ctx context.Context, spec EngineSpec) (Engine, error) {
	if err := spec.Validate(); err != nil {
		return Engine{}, err
	}
	k := call{method: http.MethodPost, path: enginesPath, body: spec, changes: true, creates: true}
	return fetch(ctx, s.c, k, func(e Engine) string {
		if e.Name != spec.Name {
			return "it names another engine"
		}
		return named("engine", e.ID)
	})
}

// Update replaces what spec names and leaves the rest.
func (s *EnginesService) Update(ctx context.Context, id int64, spec EngineSpec) (Engine, error) {
	if err := firstError(checkID("engine", id), spec.Validate()); err != nil {
		return Engine{}, err
	}
	k := call{method: http.MethodPut, path: idPath(enginesPath, id, ""), body: spec, changes: true}
	return fetch(ctx, s.c, k, func(e Engine) string { return same("engine", e.ID, id) })
}

// Ping makes the platform record the engine as online now. The platform does not contact it.
func (s *EnginesService) Ping(ctx context.Context, id int64) (EnginePing, error) {
	if err := checkID("engine", id); err != nil {
		return EnginePing{}, err
	}
	k := call{method: http.MethodPost, path: idPath(enginesPath, id, "/ping"), changes: true}
	return fetch(ctx, s.c, k, func(p EnginePing) string { return same("engine", p.ID, id) })
}

// Assign makes the engine the only one of the machine: the platform detaches every other.
func (s *EnginesService) Assign(ctx context.Context, id int64, to Assignment) (Assigned, error) {
	if err := firstError(checkID("engine", id), to.Validate()); err != nil {
		return Assigned{}, err
	}
	k := call{method: http.MethodPost, path: idPath(enginesPath, id, "/assign"), body: to, changes: true}
	return fetch(ctx, s.c, k, func(a Assigned) string {
		if a.RVM.ID == 0 {
			return same("engine", a.Engine.ID, id)
		}
		return firstReason(same("engine", a.Engine.ID, id), same("rvm", a.RVM.ID, to.RVMID))
	})
}

// Delete removes the engine from the register.
func (s *EnginesService) Delete(ctx context.Context, id int64) error {
	if err := checkID("engine", id); err != nil {
		return err
	}
	return s.c.done(ctx, call{method: http.MethodDelete, path: idPath(enginesPath, id, ""), changes: true})
}

// Differences names the fields of spec, by the platform's names, that the stored engine does not have. Optional fields
// that spec leaves out never differ.
func (e Engine) Differences(spec EngineSpec) []string {
	var names []string
	note := func(name string, differs bool) {
		if differs {
			names = append(names, name)
		}
	}
	note("name", spec.Name != e.Name)
	note("type", spec.Type != e.Type)
	note("server_address", spec.ServerAddress != e.ServerAddress)
	note("port", spec.Port != e.Port)
	note("gpu_memory_limit", spec.GPUMemoryGB != 0 && Gigabytes(spec.GPUMemoryGB) != e.GPUMemoryLimit)
	note("docker_gpu_passthrough", differ(spec.DockerGPUPassthrough, e.DockerGPUPassthrough))
	note("model_path", spec.ModelPath != "" && spec.ModelPath != e.ModelPath)
	note("processing_timeout", spec.ProcessingTimeout != 0 && spec.ProcessingTimeout != e.ProcessingTimeout)
	note("auto_failover", differ(spec.AutoFailover, e.AutoFailover))
	note("is_active", differ(spec.IsActive, e.IsActive))
	return names
}

func differ(want *bool, has bool) bool { return want != nil && *want != has }
