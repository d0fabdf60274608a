package outbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Class says how an entry is treated when room gets short and in which file it lies.
type Class string

// The classes, in the order in which they are delivered. Deposits lie in the file of money, the others in that of telemetry.
const (
	// Deposit is money: never dropped, every commit forced to the disk.
	Deposit Class = "deposit"
	// Status is a machine's state: the newest takes the place of older ones.
	Status Class = "status"
	// Detection is what a machine saw: the oldest go first when room is short, and are counted.
	Detection Class = "detection"
	// Picture is an image in the spool: the oldest that no open deposit refers to goes first.
	Picture Class = "picture"
)

// Classes lists every class in order of delivery.
func Classes() []Class { return []Class{Deposit, Status, Detection, Picture} }

// State is where an entry is on its way.
type State string

// The states.
const (
	// Pending waits to be sent.
	Pending State = "pending"
	// Leased is being sent by a living process.
	Leased State = "leased"
	// Uncertain was sent, and nobody knows whether the platform holds it.
	Uncertain State = "uncertain"
	// Held is uncertain and waits for a person's word.
	Held State = "held"
	// Done was confirmed by the platform; it stays as a record for a while.
	Done State = "done"
	// Dead will not be sent: the platform refused it, or a person gave it up.
	Dead State = "dead"
)

// States lists every state.
func States() []State { return []State{Pending, Leased, Uncertain, Held, Done, Dead} }

// Entry is one thing that must reach the platform, or has.
type Entry struct {
	// Seq is its place in the order of the file that it lies in.
	Seq   int64
	Class Class
	// Kind is what is to be done, such as "deposit.create"; the outbox does not know what it means.
	Kind string
	// Key is its name, unique in its file for ever.
	Key string
	// Profile is in whose name it is sent; Target the platform's address that it is meant for.
	Profile, Target string
	RVM             int64
	// Order is what it keeps the order within, such as a machine and a person; empty for none.
	Order string
	// Capture ties together what belongs to one look of the camera.
	Capture string
	// Fingerprint is equal for entries that the platform's records could not tell apart. Only one of them is under way at a time.
	Fingerprint string
	// Payload is the body as JSON; Blob the SHA-256 in hex of a picture in the spool, or empty.
	Payload []byte
	Blob    string
	// Size is the length of the payload and the picture together, in bytes.
	Size int64
	// Created is when it was put in.
	Created Moment
	State   State
	// Once forbids to send it a second time, whatever became of the first.
	Once bool
	// Attempts is how often it was claimed for sending.
	Attempts int
	// NextAt is when it may be sent again.
	NextAt time.Time
	// Owner is the process that holds or held it.
	Owner string
	// Account is the identity that the last attempt was made with, or empty.
	Account string
	// Began and Ended bound the last attempt; Ended is zero while it runs.
	Began, Ended Moment
	// Reason is the last failure in words; HTTPStatus its status, 0 without one.
	Reason     string
	HTTPStatus int
	// ServerID is the platform's number for it once it is done; Result the answer as JSON.
	ServerID string
	Result   []byte
	// Settled is when it became done or dead.
	Settled time.Time
}

// Open says whether something is still to be done about the entry.
func (e Entry) Open() bool { return e.State != Done && e.State != Dead }

// New is an entry to be put in.
type New struct {
	Class           Class
	Kind            string
	Key             string
	Profile, Target string
	RVM             int64
	Order           string
	Capture         string
	Fingerprint     string
	Payload         []byte
	// Blob is the SHA-256 of a picture that Spool has taken, with its size.
	Blob     string
	BlobSize int64
	Once     bool
	// Coalesce is a word that only the newest pending entry may carry: older ones go, uncounted.
	Coalesce string
}

// sum is the SHA-256 of all that was put in, so that a disk that changes a bit of it is found out before it is sent.
func (n New) sum() []byte {
	h := sha256.New()
	for _, part := range []string{string(n.Class), n.Kind, n.Key, n.Profile, n.Target, n.Order, n.Capture, n.Fingerprint, n.Blob, string(n.Payload)} {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		_, _ = h.Write([]byte(part))
	}
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(n.RVM)))
	if n.Once {
		_, _ = h.Write([]byte{1})
	}
	return h.Sum(nil)
}

// origin is the entry as it was put in; Coalesce has done its work then.
func (e Entry) origin() New {
	return New{Class: e.Class, Kind: e.Kind, Key: e.Key, Profile: e.Profile, Target: e.Target, RVM: e.RVM, Order: e.Order, Capture: e.Capture,
		Fingerprint: e.Fingerprint, Payload: e.Payload, Blob: e.Blob, BlobSize: e.Size - int64(len(e.Payload)), Once: e.Once}
}

func (e Entry) sound(sum []byte) bool { return bytes.Equal(e.origin().sum(), sum) }
