// Package config answers what rvmctl is set to and where each answer came from: flags, then RVMCTL_* variables, then the
// profile's file, then the user's file, then the system's file, then defaults. It also keeps the tokens, one 0600 file per
// profile. It refuses to know what a setting is used for, the platform, and the terminal.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Key is one setting.
type Key struct {
	// Name is its dotted place in a file.
	Name string
	// Flag is the name of the command-line flag; the variable is RVMCTL_ and the flag in upper case.
	Flag string
	// Word stands for the value in help.
	Word string
	// Default is its value when nobody says anything, as text.
	Default string
	// Help says what it means, with units.
	Help string
	// check refuses a value in words.
	check func(value string) error
}

// Accept gives a value in the form in which it is kept, or says in words why it is not possible. Capitals are taken for small
// letters where only those can be meant; names of profiles are taken as they are, since they name files.
func (k Key) Accept(value string) (string, error) {
	if k.check == nil {
		return value, nil
	}
	err := k.check(value)
	if k.Name == KeyProfile {
		return value, err
	}
	if lower := strings.ToLower(value); err != nil && lower != value && k.check(lower) == nil {
		return lower, nil
	}
	return value, err
}

// Show is a value as it may be shown: an address without what may be a password in it.
func (k Key) Show(value string) string {
	if k.Name == KeyURL || k.Name == KeyTunnelURL {
		return showable(value)
	}
	return value
}

// Variable is the environment variable of the setting.
func (k Key) Variable() string { return variable(k.Flag) }

// The settings, one constant each, so that a typo does not compile.
const (
	KeyProfile       = "profile"
	KeyURL           = "platform.url"
	KeyPlaintext     = "platform.allow_plaintext"
	KeyTunnelURL     = "platform.tunnel_url"
	KeyUseTunnel     = "platform.use_tunnel"
	KeyFallback      = "platform.fallback_to_local"
	KeyTunnelType    = "platform.tunnel_type"
	KeyRetryAttempts = "platform.retry_attempts"
	KeyRetryDelay    = "platform.retry_delay"
	KeyRVM           = "rvm_id"
	KeyTimeout       = "timeout"
	KeyModel         = "vision.model"
	KeyModelSHA256   = "vision.model_sha256"
	KeyLabels        = "vision.labels"
	KeyDevice        = "vision.device"
	KeyGPU           = "vision.gpu"
	KeyPrecision     = "vision.precision"
	KeyWorkspace     = "vision.workspace_megabytes"
	KeySize          = "vision.size"
	KeyThreads       = "vision.threads"
	KeySpin          = "vision.spin"
	KeyConfidence    = "vision.confidence"
	KeyIoU           = "vision.iou"
	KeyMaxPixels     = "vision.max_megapixels"
	KeyRuntime       = "vision.onnxruntime"
	KeySAMEncoder    = "vision.sam_encoder"
	KeySAMDecoder    = "vision.sam_decoder"
	KeyResolution    = "camera.resolution"
	KeyFPS           = "camera.fps"
	KeyMinConfidence = "deposit.min_confidence"
	KeyMinArea       = "deposit.min_area"
	KeySettleFrames  = "deposit.settle_frames"
	KeyWasteTable    = "deposit.waste_table"
	KeyQueue         = "outbox.queue"
	KeyPolicy        = "outbox.policy"
	KeySettle        = "outbox.settle"
	KeyKeep          = "outbox.keep"
	KeyMaxMegabytes  = "outbox.max_megabytes"
	KeyLockWait      = "outbox.lock_wait"
	KeyLoginEmail    = "login.email"
	KeyLoginPassword = "login.password_file"
)

// Keys lists every setting in the order in which people are told about them.
func Keys() []Key {
	return []Key{
		{KeyProfile, "profile", "NAME", DefaultProfile, "name of the platform and identity to use; not in a profile's own file", CheckProfile},
		{KeyURL, "url", "URL", "", "address of the platform, such as http://172.28.233.83:8001", checkURL},
		{KeyPlaintext, "allow-plaintext-token", "BOOL", "false", "send the token over plain http to a public address", checkBool},
		{KeyTunnelURL, "tunnel-url", "URL", "", "second address of the same platform, through the tunnel", checkURL},
		{KeyUseTunnel, "use-tunnel", "BOOL", "false", "call the tunnel's address first; otherwise it is the second choice", checkBool},
		{KeyFallback, "fallback-to-local", "BOOL", "true", "go to the second choice when the first is away", checkBool},
		{KeyTunnelType, "tunnel-type", "T", "zerotier", "what the tunnel is: zerotier, tailscale, cloudflare or ngrok",
			oneOf("zerotier", "tailscale", "cloudflare", "ngrok")},
		{KeyRetryAttempts, "retry-attempts", "N", "3", "how often a call that changes nothing is tried, the first try included", checkInt(1, 10)},
		{KeyRetryDelay, "retry-delay", "T", "500ms", "longest wait before the second try; it doubles with every further one, up to 30s", checkDuration},
		{KeyRVM, "rvm", "N", "0", "number of the machine on the platform; 0 means none is set", checkInt(0, 1<<53)},
		{KeyTimeout, "timeout", "T", "0s", "limit for the whole run of a command, such as 50s; 0s means none", checkDuration},
		{KeyModel, "model", "FILE", "", "ONNX file of the detector; empty means the model inside rvmctl", nil},
		{KeyModelSHA256, "model-sha256", "SUM", "", "SHA-256 that the model file must have; any other file is refused", checkSHA256},
		{KeyLabels, "labels", "FILE", "", "file with the model's labels, for a model that carries none", nil},
		{KeyDevice, "device", "D", "auto", "where the model runs: auto, cpu, cuda, tensorrt or webgpu",
			oneOf("auto", "cpu", "cuda", "tensorrt", "webgpu")},
		{KeyGPU, "gpu", "N", "0", "number of the GPU for cuda and tensorrt", checkInt(0, 63)},
		{KeyPrecision, "precision", "P", "auto", "arithmetic on tensorrt: auto (half), fp32 or fp16; elsewhere the model's own", oneOf("auto", "fp32", "fp16")},
		{KeyWorkspace, "workspace", "N", "1024", "memory for building a TensorRT engine, in megabytes", checkInt(64, 1<<20)},
		{KeySize, "size", "S", "", "input of a dynamic model, as N or WxH in pixels; empty means the model's own", checkPixels},
		{KeyThreads, "threads", "N", "0", "threads of one inference; 0 means what suits the machine", checkInt(0, 256)},
		{KeySpin, "spin", "WHEN", "auto", "let idle threads wait busily for the next picture: auto (not for cameras), on or off", oneOf("auto", "on", "off")},
		{KeyConfidence, "conf", "X", "0.25", "smallest confidence of a detection, 0–1", checkFraction},
		{KeyIoU, "iou", "X", "0.7", "overlap (intersection over union) above which the weaker box of a label goes, 0–1", checkFraction},
		{KeyMaxPixels, "max-megapixels", "N", "40", "largest picture that is decoded, in megapixels", checkInt(1, 100)},
		{KeyRuntime, "onnxruntime", "FILE", "", "file of the ONNX Runtime library; empty means looking in the usual places", nil},
		{KeySAMEncoder, "sam-encoder", "FILE", "", "ONNX file of a SAM2 encoder, for exact outlines of what was found", nil},
		{KeySAMDecoder, "sam-decoder", "FILE", "", "ONNX file of the SAM2 decoder that belongs to it", nil},
		{KeyResolution, "resolution", "WxH", "", "picture size to ask a camera for, in pixels; empty means its own", checkPixels},
		{KeyFPS, "fps", "N", "0", "pictures a second to ask a camera for; 0 means its own", checkInt(0, 1000)},
		{KeyMinConfidence, "min-confidence", "X", "0.5", "smallest confidence of a detection that becomes a deposit, 0–1", checkFraction},
		{KeyMinArea, "min-area", "X", "0.005", "smallest part of the picture that an item covers to become a deposit, 0–1", checkFraction},
		{KeySettleFrames, "settle", "N", "5", "frames in which an item must be seen before it becomes a deposit", checkInt(1, 1000)},
		{KeyWasteTable, "waste-table", "FILE", "", "file with the site's own labels, waste types and weights", nil},
		{KeyQueue, "queue", "WHEN", "auto", "keep what cannot be sent: auto, always (send nothing now) or never", oneOf("auto", "always", "never")},
		{KeyPolicy, "policy", "P", "reconcile", "a deposit whose answer was lost: reconcile (ask the platform), hold (leave it to a person) or idempotent (the platform honours keys)",
			oneOf("reconcile", "hold", "idempotent")},
		{KeySettle, "settle-time", "T", "2m", "how long after a lost answer a deposit that the platform does not list may still come to be", checkDuration},
		{KeyKeep, "keep", "T", "720h", "how long delivered entries are kept as a record, at least 48h", checkKeep},
		{KeyMaxMegabytes, "max-megabytes", "N", "2048", "room for what waits besides deposits, pictures included, in megabytes", checkInt(16, 1<<20)},
		{KeyLockWait, "lock-wait", "T", "0s", "how long to wait for another rvmctl that is at the same work", checkDuration},
		{KeyLoginEmail, "login-email", "EMAIL", "", "account to sign in with again when the platform no longer accepts the token", nil},
		{KeyLoginPassword, "login-password-file", "FILE", "", "file with that account's password, readable by its owner only", nil},
	}
}

// Find gives the setting of a dotted name.
func Find(name string) (Key, bool) {
	for _, k := range Keys() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

func checkInt(low, high int64) func(string) error {
	return func(v string) error {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < low || n > high {
			return fmt.Errorf("must be a whole number from %d to %d", low, high)
		}
		return nil
	}
}

func checkFraction(v string) error {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		return fmt.Errorf("must be a number from 0 to 1")
	}
	return nil
}

func checkBool(v string) error {
	if _, err := strconv.ParseBool(v); err != nil {
		return fmt.Errorf("must be true or false")
	}
	return nil
}

func checkDuration(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d < 0 {
		return fmt.Errorf("must be a duration such as 50s or 2m")
	}
	return nil
}

// checkKeep keeps the record longer than a lost deposit is looked for after a restart: a day.
func checkKeep(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d < 48*time.Hour {
		return fmt.Errorf("must be a duration of at least 48h, such as 720h")
	}
	return nil
}

func oneOf(words ...string) func(string) error {
	return func(v string) error {
		for _, w := range words {
			if v == w {
				return nil
			}
		}
		return fmt.Errorf("must be one of %v", words)
	}
}

// checkPixels takes a side or two: 640, or 1280x720; empty stands for no choice.
func checkPixels(v string) error {
	if _, _, ok := pixels(v); v != "" && !ok {
		return fmt.Errorf("must be pixels such as 640 or 1280x720, up to 10000 a side")
	}
	return nil
}

// pixels reads N or WxH; N stands for N in both directions.
func pixels(v string) (width, height int, ok bool) {
	first, second, two := strings.Cut(v, "x")
	if !two {
		second = first
	}
	width, errW := strconv.Atoi(first)
	height, errH := strconv.Atoi(second)
	return width, height, errW == nil && errH == nil && width >= 1 && height >= 1 && width <= 10_000 && height <= 10_000
}

func checkSHA256(v string) error {
	if sum, err := hex.DecodeString(v); v != "" && (err != nil || len(sum) != sha256.Size) {
		return fmt.Errorf("must be 64 hexadecimal digits")
	}
	return nil
}
