package onnx

import (
	"fmt"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/sam"
)

// MaxEncoderBytes is the largest file of a SAM2 encoder that is read.
const MaxEncoderBytes = 1536 << 20

// The parts of a SAM2 model, as they are named to people.
const (
	samEncoder = "encoder"
	samDecoder = "decoder"
)

// SAMError says why the files of a SAM2 model are not used.
type SAMError struct {
	// Part is "encoder" or "decoder".
	Part string
	// Path is the file; empty when none was named.
	Path string
	// Found says what is wrong, as a fact about the file.
	Found string
	// Want says what would be accepted or what would help; it may be empty.
	Want string
	// Err is the cause, or nil.
	Err error
}

// Error is one line of fact.
func (e *SAMError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("SAM2 %s: %s", e.Part, e.Found)
	}
	return fmt.Sprintf("SAM2 %s %s: %s", e.Part, e.Path, e.Found)
}

// Unwrap gives the cause.
func (e *SAMError) Unwrap() error { return e.Err }

// SAMOptions say how a SAM2 model runs.
type SAMOptions struct {
	// Options give Runtime, Device, Threads and what belongs to devices, as for Open. The rest of them is not read. TensorRT
	// means CUDA: building engines for an encoder of this size would take tens of minutes.
	Options
	// Memory tells how much memory the system could still give, in bytes, and whether that is known; nil means unknown.
	Memory func() (bytes uint64, known bool)
	// MinFree is how much of it must be left, in bytes: below, the encoder is released after use, and it is not loaded when
	// that would lead there. 0 means DefaultMinFree.
	MinFree uint64
	// Idle is how long the encoder may be unused before it is released; 0 means DefaultIdle, below 0 never.
	Idle time.Duration
	// Pictures is how many pictures' embeddings are kept, 16 MiB each; 0 means 2.
	Pictures int
	// Notice is told in words when the encoder is released and loaded; nil tells nobody.
	Notice func(text string)
}

// What SAMOptions mean where they say nothing.
const (
	DefaultMinFree = 512 << 20
	DefaultIdle    = 30 * time.Second
)

// SAMInfo says what a SAM is and what it runs on.
type SAMInfo struct {
	// Encoder and Decoder are the paths, the sums those of the files.
	Encoder, Decoder             string
	EncoderSHA256, DecoderSHA256 string
	// Spec is how the files were understood.
	Spec SAMSpec
	// Device is where they were loaded; Fallback says why that is not the device that Auto would have liked.
	Device   Device
	Fallback string
	// Masks is how many masks the decoder gives for each prompt.
	Masks int
	// Prompts is how many boxes go into one call of the decoder; 1 where its answers to several at once are not those that it
	// gives one by one.
	Prompts int
	// LoadMS is the wall time of loading and checking both, in milliseconds.
	LoadMS float64
}

// SAMStats count what a SAM has done since it was opened; the check at load does not count.
type SAMStats struct {
	// Encoded pictures went through the encoder; Cached ones were there already.
	Encoded, Cached int
	// Loads and Releases are those of the encoder, the load at the start included.
	Loads, Releases int
	// Masks were made.
	Masks int
	// Unmasked boxes have none, by reason.
	Unmasked map[sam.Reason]int
}

// Outline is what became of one box.
type Outline struct {
	// Mask covers the whole picture; nil with a Reason.
	Mask *vision.Mask
	// Reason is why there is no mask.
	Reason sam.Reason
}

// withDefaults fills in what was left open.
func (o SAMOptions) withDefaults() SAMOptions {
	if o.MinFree == 0 {
		o.MinFree = DefaultMinFree
	}
	if o.Idle == 0 {
		o.Idle = DefaultIdle
	}
	if o.Pictures < 1 {
		o.Pictures = 2
	}
	if o.Memory == nil {
		o.Memory = func() (uint64, bool) { return 0, false }
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Device == "" {
		o.Device = Auto
	}
	_, o.Threads = o.shares()
	return o
}
