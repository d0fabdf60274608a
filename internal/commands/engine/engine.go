// Package engine keeps the platform's register of inference services. It refuses to know how a request travels, and says of
// everything that the platform only recorded that it was only recorded.
package engine

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("engine", "Register this machine's inference service, and look after the register",
		`An engine is an inference service that the platform knows: a name, an address and a port. The platform keeps a list and
never contacts an engine itself.`,
		NewRegister(box, nil), NewList(box, nil), NewShow(box, nil), NewPing(box, nil), NewAssign(box, nil),
		NewUpdate(box, nil), NewDelete(box, nil))
}

// Record is one engine as it is shown.
type Record struct {
	ID                int64     `json:"id" doc:"number of the engine"`
	Name              string    `json:"name" doc:"name of the engine; names are not unique"`
	Type              string    `json:"type" doc:"jetson_edge or nvidia_cuda"`
	ServerAddress     string    `json:"server_address" doc:"IP address of the service"`
	Port              int       `json:"port" doc:"port of the service"`
	GPUMemoryMB       int64     `json:"gpu_memory_mb" doc:"limit of GPU memory in MB, 0 when none is known"`
	DockerGPU         bool      `json:"docker_gpu_passthrough" doc:"true when the GPU is passed into a container"`
	ModelPath         string    `json:"model_path" doc:"model on the engine, as registered"`
	ProcessingTimeout int       `json:"processing_timeout_s" doc:"seconds that one job may take"`
	AutoFailover      bool      `json:"auto_failover" doc:"a flag that the platform stores and does not act on"`
	Active            bool      `json:"is_active" doc:"true when the platform lists it as active"`
	RecordedOnline    bool      `json:"recorded_online" doc:"the platform's own mark; the platform has not contacted the engine"`
	LastPing          time.Time `json:"last_ping_at,omitzero" doc:"when a ping was last recorded"`
	RVMs              []int64   `json:"rvm_ids" doc:"numbers of the machines that it serves"`
	CreatedAt         time.Time `json:"created_at,omitzero" doc:"when it was registered"`
	UpdatedAt         time.Time `json:"updated_at,omitzero" doc:"when it was last changed"`
}

func newRecord(e platform.Engine) Record {
	r := Record{
		ID: e.ID, Name: e.Name, Type: e.Type, ServerAddress: e.ServerAddress, Port: e.Port,
		GPUMemoryMB: int64(e.GPUMemoryLimit), DockerGPU: e.DockerGPUPassthrough, ModelPath: e.ModelPath,
		ProcessingTimeout: e.ProcessingTimeout, AutoFailover: e.AutoFailover, Active: e.IsActive, RecordedOnline: e.IsOnline,
		LastPing: e.LastPingAt, RVMs: []int64{}, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt,
	}
	for _, m := range e.RVMs {
		r.RVMs = append(r.RVMs, m.ID)
	}
	return r
}

func (r Record) endpoint() string { return net.JoinHostPort(r.ServerAddress, toolbox.Number(r.Port)) }

func (r Record) machines() string {
	if len(r.RVMs) == 0 {
		return "none"
	}
	words := make([]string, len(r.RVMs))
	for i, id := range r.RVMs {
		words[i] = toolbox.Number(id)
	}
	return strings.Join(words, ",")
}

func (r Record) memory() string {
	return toolbox.Or(platform.Memory(r.GPUMemoryMB).String(), "not said")
}

// Text shows everything, a field a line.
func (r Record) Text(p *terminal.Page) {
	p.Fields(
		"engine", toolbox.Number(r.ID), "name", r.Name, "type", r.Type, "address", r.endpoint(),
		"rvms", r.machines(), "gpu memory", r.memory(), "model", toolbox.Or(r.ModelPath, "not said"),
		"timeout", fmt.Sprintf("%d s", r.ProcessingTimeout), "active", toolbox.YesNo(r.Active),
		"marked online", toolbox.YesNo(r.RecordedOnline)+" (recorded by the platform, which does not contact engines)",
		"last ping", p.Time(r.LastPing), "registered", p.Time(r.CreatedAt), "changed", p.Time(r.UpdatedAt),
	)
}

// client is what these commands ask of the platform.
type client func() (*platform.Client, error)
