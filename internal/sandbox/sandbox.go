// Package sandbox is a MyRVM Platform that runs from the rvmctl binary: it signs people in, keeps machines, engines,
// detections, pictures and deposits in SQLite, and pays rewards by the platform's own rule. It is strict on purpose:
// statuses, envelopes, number types, paginators and known faults of the real server are reproduced, so that whatever
// works here works there. It serves demos, training and tests.
//
// The package refuses to know rvmctl's own client, its configuration, its terminal and its vision code: it has its own
// types for everything on the wire, so that one mistaken field name cannot agree with itself. It opens no socket and
// sets no time limits: the caller owns the listener and the http.Server.
package sandbox

import (
	"net/http"
	"sync/atomic"
	"time"
)

// DemoPassword is the password of every demo account. It is public by design and opens nothing but a sandbox.
const DemoPassword = "sandbox-demo"

// Options says how a sandbox is opened. The zero value is a platform in memory with the system's clock.
type Options struct {
	// DB is the file that keeps the platform's data; empty keeps everything in memory until Close.
	DB string
	// Now is the clock; nil means time.Now. Everything that expires or is stamped asks it.
	Now func() time.Time
	// AppURL is the address printed in links to stored pictures; empty means the address each request was sent to.
	AppURL string
	// Friendly adds what only documents know, for demos and training: remote access and commands of machines, and the
	// other spellings of fields. Without it the sandbox is exactly the platform.
	Friendly bool
	// Faults are what goes wrong from the start; Seed makes those with a probability repeat.
	Faults []Fault
	Seed   uint64
	// Log, when set, is told about every request. The path comes without its query, which may hold tokens; the status is 0 where a
	// fault let the request go without an answer.
	Log func(method, path string, status int, elapsed time.Duration)
}

// Server is one open sandbox platform. It is safe for concurrent use.
type Server struct {
	store    *store
	now      func() time.Time
	appURL   string
	friendly bool
	log      func(method, path string, status int, elapsed time.Duration)
	routes   []route
	handler  http.Handler
	stale    staleCache
	faults   *faultSet
	meeting  meeting
	ahead    atomic.Int64 // nanoseconds that the clock was put forward
}

// Open opens the sandbox's database and puts the demo data into it when it is empty. It returns an *OpenError when the
// file cannot be opened and a *ForeignDatabaseError when the file belongs to something else.
func Open(opts Options) (*Server, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	st, err := openStore(opts.DB)
	if err != nil {
		return nil, err
	}
	s := &Server{store: st, appURL: opts.AppURL, friendly: opts.Friendly, log: opts.Log, faults: newFaultSet(opts.Seed, opts.Faults)}
	s.now = func() time.Time { return opts.Now().Add(time.Duration(s.ahead.Load())) }
	if err := s.seed(); err != nil {
		_ = st.close()
		return nil, &OpenError{DB: opts.DB, Err: err}
	}
	s.routes = s.table()
	s.handler = s.chain()
	return s, nil
}

// Handler returns the platform's HTTP interface.
func (s *Server) Handler() http.Handler { return s.handler }

// Close closes the database. Data kept in memory is gone afterwards.
func (s *Server) Close() error { return s.store.close() }
