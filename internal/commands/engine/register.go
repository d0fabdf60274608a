package engine

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// RegisterOptions is what register needs: dependencies first, then flags.
type RegisterOptions struct {
	Console  *terminal.Console
	Platform client
	// Lock keeps other rvmctl processes from registering the same address between our look and our entry.
	Lock func(ctx context.Context, name, work string, wait time.Duration) (release func(), err error)
	// Hostname names this machine when the operator does not.
	Hostname func() (string, error)

	Spec platform.EngineSpec
}

// lockWait is how long one registration waits for another of the same address.
const lockWait = 30 * time.Second

// Outcomes of register.
const (
	created   = "created"
	updated   = "updated"
	unchanged = "unchanged"
)

// Registered is the result of register.
type Registered struct {
	Outcome    string   `json:"outcome" doc:"created, updated or unchanged"`
	Changed    []string `json:"changed" doc:"fields that were changed, by the platform's names; empty unless updated"`
	Duplicates []int64  `json:"duplicates" doc:"other engines with the same address and port, which earlier software left behind"`
	Engine     Record   `json:"engine" doc:"the engine as the platform has it now"`
}

// Text is one line; in a pipe: outcome, id, name, type, address.
func (r Registered) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(r.Outcome, toolbox.Number(r.Engine.ID), r.Engine.Name, r.Engine.Type, r.Engine.endpoint())
		return
	}
	what := p.Good(r.Outcome)
	if r.Outcome == updated {
		what += " (" + strings.Join(r.Changed, ", ") + ")"
	}
	p.Text(what, " engine ", p.Strong(toolbox.Number(r.Engine.ID)), " ", terminal.Clean(r.Engine.Name),
		p.Dim(" · "), terminal.Clean(r.Engine.Type), p.Dim(" · "), terminal.Clean(r.Engine.endpoint()))
}

// NewRegister makes the command; runF replaces the run in tests.
func NewRegister(box *toolbox.Box, runF func(context.Context, *RegisterOptions) error) *cobra.Command {
	opts := &RegisterOptions{Console: box.Console, Platform: box.Platform, Hostname: os.Hostname, Lock: box.Lock}
	if runF == nil {
		runF = registerRun
	}
	var docker, failover, active bool
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Register this machine as an engine, or bring its entry up to date",
		Long: `Register this machine as an engine, or bring its entry up to date.

The register is searched for the address and port first, so that running this at every start leaves one entry: it is
created, updated or unchanged, and the answer says which. What you do not mention stays as the platform has it.

The address must be an IP address; without --address it is the one by which this machine reaches the platform.

Exit status: 0 registered, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 refused, 7 the platform
build has no engines.`,
		Example: `  $ rvmctl engine register
  $ rvmctl engine register --name line-1 --address 172.28.93.97 --port 5000 --gpu-memory 8
  $ rvmctl engine register --address 172.28.93.97:5000 --type nvidia_cuda --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f := cmd.Flags()
			for _, b := range []struct {
				flag  string
				value *bool
				field **bool
			}{
				{"docker-gpu-passthrough", &docker, &opts.Spec.DockerGPUPassthrough},
				{"auto-failover", &failover, &opts.Spec.AutoFailover}, {"active", &active, &opts.Spec.IsActive},
			} {
				if f.Changed(b.flag) {
					*b.field = b.value
				}
			}
			return runF(cmd.Context(), opts)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opts.Spec.Name, "name", "", "`NAME` of the engine (default: this machine's host name)")
	f.StringVar(&opts.Spec.Type, "type", platform.EngineTypeJetson, "jetson_edge or nvidia_cuda")
	f.StringVar(&opts.Spec.ServerAddress, "address", "", "`IP` address of the service (default: this machine's towards the platform)")
	f.IntVar(&opts.Spec.Port, "port", 5000, "port of the service")
	f.IntVar(&opts.Spec.GPUMemoryGB, "gpu-memory", 0, "limit of GPU memory in `GB`")
	f.StringVar(&opts.Spec.ModelPath, "model-path", "", "model on the engine, as a note for people")
	f.IntVar(&opts.Spec.ProcessingTimeout, "processing-timeout", 0, "`SECONDS` that one job may take, 1 to 300")
	f.BoolVar(&docker, "docker-gpu-passthrough", false, "the GPU is passed into a container")
	f.BoolVar(&failover, "auto-failover", false, "a flag that the platform stores and does not act on")
	f.BoolVar(&active, "active", true, "list it as active")
	_ = cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(types(), cobra.ShellCompDirectiveNoFileComp))
	toolbox.SentAtOnce(cmd, "an engine must answer at its address when it is registered")
	return box.Returns(cmd, Registered{})
}

func registerRun(ctx context.Context, o *RegisterOptions) error {
	if err := o.splitPort(); err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	if err := o.complete(ctx, c.URL()); err != nil {
		return err
	}
	if err := o.Spec.Validate(); err != nil {
		return err
	}
	release, err := o.Lock(ctx, fmt.Sprintf("engine-%x-%d", net.ParseIP(o.Spec.ServerAddress).To16(), o.Spec.Port), "registering this engine", lockWait)
	if err != nil {
		return err
	}
	defer release()
	same, err := o.find(ctx, c)
	if err != nil {
		return err
	}
	r, err := o.settle(ctx, c, same)
	if err != nil {
		return err
	}
	if len(r.Duplicates) > 0 {
		o.Console.Warn("%d more engines have the address %s: %v", len(r.Duplicates), r.Engine.endpoint(), r.Duplicates)
	}
	return o.Console.Emit(r)
}

// splitPort takes apart an address that was given with its port, as older documents write it.
func (o *RegisterOptions) splitPort() error {
	host, port, err := net.SplitHostPort(o.Spec.ServerAddress)
	if err != nil {
		return nil //nolint:nilerr // no port in it: the address is judged as it is, later
	}
	var n int
	if _, err := fmt.Sscanf(port, "%d", &n); err != nil || n < 1 || n > 65535 || fmt.Sprint(n) != port {
		return toolbox.Usage(fmt.Sprintf("--address: %q is not a port", port), "for example: --address 172.28.93.97 --port 5000")
	}
	o.Spec.ServerAddress, o.Spec.Port = host, n
	return nil
}

// complete fills in what this machine knows of itself.
func (o *RegisterOptions) complete(ctx context.Context, platformURL string) error {
	if o.Spec.Name == "" {
		name, err := o.Hostname()
		if err != nil {
			return toolbox.Usage("this machine has no host name", "add --name NAME")
		}
		o.Spec.Name = name
	}
	if o.Spec.ServerAddress == "" {
		address, err := towards(ctx, platformURL)
		if err != nil {
			return toolbox.Usage("this machine's address towards the platform is not known", "add --address IP")
		}
		o.Spec.ServerAddress = address
		o.Console.Step("address %s: the one towards the platform", address)
	}
	return nil
}

// towards is the local address that the system would use to reach the platform. A UDP socket is connected for that, which
// sends nothing.
func towards(ctx context.Context, platformURL string) (string, error) {
	u, err := url.Parse(platformURL)
	if err != nil {
		return "", err
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	conn, err := new(net.Dialer).DialContext(ctx, "udp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	return host, err
}

// find lists the engines with the same address and port, oldest first.
func (o *RegisterOptions) find(ctx context.Context, c *platform.Client) ([]platform.Engine, error) {
	var same []platform.Engine
	for e, err := range c.Engines.All(ctx, platform.EngineQuery{}) {
		if err != nil {
			return nil, err
		}
		if sameAddress(e.ServerAddress, o.Spec.ServerAddress) && e.Port == o.Spec.Port {
			same = append(same, e)
		}
	}
	slices.SortFunc(same, func(a, b platform.Engine) int { return int(a.ID - b.ID) })
	return same, nil
}

// sameAddress compares addresses and not their spelling: "::1" is "0:0:0:0:0:0:0:1".
func sameAddress(a, b string) bool {
	ipA, ipB := net.ParseIP(a), net.ParseIP(b)
	return ipA != nil && ipA.Equal(ipB)
}

// settle creates the engine, or brings the oldest entry up to date.
func (o *RegisterOptions) settle(ctx context.Context, c *platform.Client, same []platform.Engine) (Registered, error) {
	r := Registered{Changed: []string{}, Duplicates: []int64{}}
	if len(same) == 0 {
		e, err := c.Engines.Create(ctx, o.Spec)
		r.Outcome, r.Engine = created, newRecord(e)
		return r, err
	}
	for _, e := range same[1:] {
		r.Duplicates = append(r.Duplicates, e.ID)
	}
	own := same[0]
	differences := own.Differences(o.Spec)
	if len(differences) == 0 {
		r.Outcome, r.Engine = unchanged, newRecord(own)
		return r, nil
	}
	e, err := c.Engines.Update(ctx, own.ID, o.Spec)
	if err != nil {
		return r, err
	}
	r.Outcome, r.Changed, r.Engine = updated, differences, newRecord(e)
	if left := e.Differences(o.Spec); len(left) > 0 {
		o.Console.Warn("the platform did not take: %s", strings.Join(left, ", "))
	}
	return r, nil
}
