// Package sandbox runs a MyRVM Platform on this machine, for demos, training and tests. It refuses to know how the platform
// works: that is internal/sandbox.
package sandbox

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	server "github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// shutdownTime is what requests in work get when the sandbox is stopped.
const shutdownTime = time.Second

// ServeOptions is what serve needs.
type ServeOptions struct {
	Console *terminal.Console

	Listen   string
	DB       string
	Strict   bool
	Friendly bool
	Faults   []string
	Seed     uint64
}

// Serving is the result of serve, written as soon as requests are answered.
type Serving struct {
	URL      string    `json:"url" doc:"address of the sandbox"`
	Mode     string    `json:"mode" doc:"strict (exactly the platform) or friendly (more, for demos and training)"`
	Faults   []string  `json:"faults,omitempty" doc:"what goes wrong on purpose from the start"`
	DB       string    `json:"db,omitempty" doc:"file of its database, absent when it lives in memory"`
	Password string    `json:"password" doc:"password of every demo account"`
	Accounts []Account `json:"accounts" doc:"accounts to sign in with"`
	RVMs     []RVM     `json:"rvms" doc:"machines that it knows"`
}

// Account is one user of the sandbox.
type Account struct {
	ID    int    `json:"id" doc:"number of the user"`
	Name  string `json:"name" doc:"name of the user"`
	Email string `json:"email" doc:"e-mail to sign in with"`
	Role  string `json:"role" doc:"role of the user"`
}

// RVM is one machine of the sandbox.
type RVM struct {
	ID     int    `json:"id" doc:"number of the machine"`
	Name   string `json:"name" doc:"name of the machine"`
	Status string `json:"status" doc:"status of the machine when the sandbox was started"`
}

// Text shows where it listens and how to get in.
func (s Serving) Text(p *terminal.Page) {
	p.Text("sandbox platform at ", p.Strong(s.URL), ", "+s.Mode)
	for _, fault := range s.Faults {
		p.Text(p.Warning("goes wrong: "), fault)
	}
	p.Line("password of every account: %s", s.Password)
	rows := make([][]string, 0, len(s.Accounts))
	for _, a := range s.Accounts {
		rows = append(rows, []string{toolbox.Number(a.ID), a.Email, a.Role})
	}
	p.Table([]string{"ID", "E-MAIL", "ROLE"}, rows)
	rows = rows[:0]
	for _, m := range s.RVMs {
		rows = append(rows, []string{toolbox.Number(m.ID), m.Name, m.Status})
	}
	p.Table([]string{"RVM", "NAME", "STATUS"}, rows)
}

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("sandbox", "Run a platform on this machine, to try and to train",
		"The sandbox is a MyRVM Platform inside rvmctl: same requests, same answers, same rewards, and no real money.",
		NewServe(box, nil), NewFault(box, nil), NewLedger(box, nil))
}

// NewServe makes the command; runF replaces the run in tests.
func NewServe(box *toolbox.Box, runF func(context.Context, *ServeOptions) error) *cobra.Command {
	opts := &ServeOptions{Console: box.Console}
	if runF == nil {
		runF = serveRun
	}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the sandbox platform until interrupted",
		Long: `Serve a MyRVM Platform on this machine until it is interrupted.

It starts with eleven demo accounts and five machines, computes rewards by the platform's own rule, and keeps its data in
memory, or in a SQLite file with --db. Port 0 takes a free one; the address is printed once requests are answered.

Without --friendly it is exactly the platform, surprises included. With it, what only documents know is there too: remote
access to machines and commands to them (the device of machine 1 obeys, all others are simulated; a machine that is inactive
or in error cannot be reached), the older path of the processing history, and older spellings of fields and of "completed".

` + faultHelp() + `

Faults can be changed while it runs: rvmctl sandbox fault. With --seed those with a probability repeat.

Exit status: 0 stopped by a signal, 1 the file cannot be used, 2 the address cannot be used, or not a fault.`,
		Example: `  $ rvmctl sandbox serve
  $ rvmctl sandbox serve --friendly --fault deposits=503x2 --fault 'all=latency=200ms-2s@20%'
  $ rvmctl sandbox serve --listen 127.0.0.1:0 --db sandbox.db --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Strict && opts.Friendly {
				return toolbox.Usage("--strict and --friendly do not go together", "strict is what it is without either")
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Listen, "listen", defaultListen, "address and port to listen on")
	cmd.Flags().StringVar(&opts.DB, "db", "", "SQLite file to keep the data in (default: in memory)")
	cmd.Flags().BoolVar(&opts.Strict, "strict", false, "be exactly the platform (the default)")
	cmd.Flags().BoolVar(&opts.Friendly, "friendly", false, "add what only documents know, for demos and training")
	cmd.Flags().StringArrayVar(&opts.Faults, "fault", nil, "let something go wrong, as `WHERE=WHAT`; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("fault", completeFault)
	cmd.Flags().Uint64Var(&opts.Seed, "seed", 0, "number from which probabilities of faults are drawn")
	return box.Returns(cmd, Serving{})
}

func serveRun(ctx context.Context, o *ServeOptions) error {
	faults, err := checkFaults(o.Faults)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return toolbox.Usage(err.Error(), "--listen 127.0.0.1:0 takes a free port")
	}
	address := "http://" + listener.Addr().String()
	platform, err := server.Open(server.Options{DB: o.DB, AppURL: address, Friendly: o.Friendly, Faults: faults,
		Seed: o.Seed, Log: o.note})
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer func() { _ = platform.Close() }()
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		o.Console.Warn("other machines can reach this sandbox, and its passwords are public")
	}
	if err := o.Console.Emit(o.serving(address, platform)); err != nil {
		_ = listener.Close()
		return err
	}
	return serve(ctx, listener, platform.Handler())
}

// note tells about one request. Without a status a fault has let it go unanswered.
func (o *ServeOptions) note(method, path string, status int, took time.Duration) {
	answer := "no answer"
	if status > 0 {
		answer = toolbox.Number(status)
	}
	o.Console.Step("%s %s → %s in %s", method, path, answer, took.Round(time.Millisecond))
}

// serve answers until ctx ends, which is the normal end.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := s.Shutdown(limited); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

func (o *ServeOptions) serving(address string, s *server.Server) Serving {
	out := Serving{URL: address, Mode: s.Mode(), Faults: o.Faults, DB: o.DB, Password: server.DemoPassword}
	for _, a := range s.Accounts() {
		out.Accounts = append(out.Accounts, Account(a))
	}
	for _, m := range s.Machines() {
		out.RVMs = append(out.RVMs, RVM(m))
	}
	return out
}
