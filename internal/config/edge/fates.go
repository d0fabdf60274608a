package edge

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/myrvm/rvmctl/internal/config"
)

// fate is what becomes of a key of the old client.
type fate struct {
	// setting takes the value, empty where there is none.
	setting string
	// note says why there is none, or what to know.
	note string
	// also is a check beyond the setting's own.
	also func(value string) error
	// mend is what to do about a value that is refused.
	mend string
	// turn puts the value into the setting's unit, or gives it back as it is where that is not possible.
	turn func(value string) string
	// fits says what a value without a setting must be, or "" when it is. The ranges are the old client's own.
	fits func(value json.RawMessage) string
}

// fates are the keys that the old client and its validator know.
func fates() map[string]fate {
	return map[string]fate{
		"myrvm_base_url": {setting: config.KeyURL, also: notEmpty},
		"rvm_id": {setting: config.KeyRVM, also: machine,
			mend: "the platform knows machines by number and not by the name of a device: look it up with rvmctl rvm list"},
		"confidence_threshold": {setting: config.KeyConfidence,
			note: "the same fraction, 0–1; whether a detection becomes a deposit is decided by deposit.min_confidence"},
		"device": {setting: config.KeyDevice},

		"api_token": {note: "a secret, not imported; type: rvmctl login --with-token < FILE"},
		"api_key":   {note: "a secret, not imported; rvmctl device claim --key-file takes it from a file of its own"},

		"myrvm_tunnel_url": {setting: config.KeyTunnelURL},
		"use_tunnel": {setting: config.KeyUseTunnel,
			note: "the old client never went back to myrvm_base_url by itself; platform.fallback_to_local says whether rvmctl may"},
		"tunnel_type":       {setting: config.KeyTunnelType},
		"fallback_to_local": {setting: config.KeyFallback, note: "no code of the old client read it; here it does what its name says"},
		"zerotier_network":  {note: "has no counterpart: addresses of the network belong to the system; rvmctl network status asks the ZeroTier service itself"},
		"retry_attempts": {setting: config.KeyRetryAttempts,
			note: "for calls that change nothing: the old client also sent deposits again, which pays twice"},
		"retry_delay": {setting: config.KeyRetryDelay, turn: seconds,
			note: "seconds there; the longest wait before the second try, which doubles with every further one"},

		"models_dir":           {note: "has no counterpart: vision.model names the one file of the model, and without it rvmctl uses its own"},
		"batch_size":           {note: "has no counterpart: pictures are looked at one by one", fits: within(1, 32, "")},
		"gpu_memory_limit":     {note: "has no counterpart: megabytes there, while rvmctl engine register --gpu-memory tells the platform gigabytes", fits: within(512, 8192, "MB")},
		"camera_index":         {note: "has no counterpart: the camera is named on the command line of rvmctl detect run", fits: within(0, 10, "")},
		"capture_interval":     {note: "has no counterpart: when to look is said by cron, systemd or a camera's stream (seconds there)", fits: within(0.1, 60, "s")},
		"auto_processing":      {note: "has no counterpart: rvmctl detect deposit creates deposits, rvmctl detect run does not", fits: truth},
		"max_processing_queue": {note: "has no counterpart: it bounded pictures in memory, while outbox.max_megabytes bounds what waits for the platform on disk", fits: within(1, 100, "")},
		"processing_timeout":   {note: "has no counterpart: it limits one picture (seconds there), while timeout limits the whole run of a command", fits: within(0.001, math.MaxInt32, "s")},

		"debug_mode": {note: "obsolete: use -v and -vv", fits: truth},
		"log_level":  {note: "obsolete: use -q, -v and -vv", fits: oneOf("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")},

		"jetson_ip":   {note: "has no counterpart: tell the platform with rvmctl engine register --address"},
		"jetson_port": {note: "has no counterpart: tell the platform with rvmctl engine register --port", fits: within(1, 65535, "")},

		"remote_access":         {note: "not used by this version: it offers no service on the machine (session_timeout is in seconds there)"},
		"remote_access_port":    {note: "not used by this version: it offers no service on the machine", fits: within(1, 65535, "")},
		"metrics_interval":      {note: "has no counterpart: how often is said by cron or a systemd timer (seconds there)", fits: within(60, 3600, "s")},
		"upload_interval":       {note: "has no counterpart: how often is said by cron or a systemd timer (seconds there)", fits: within(300, 86400, "s")},
		"sync_interval":         {note: "has no counterpart: nothing is synchronised (seconds there)", fits: within(60, 86400, "s")},
		"backup_interval":       {note: "has no counterpart: rvmctl makes no backups (seconds there)", fits: within(3600, 604800, "s")},
		"backup_retention":      {note: "has no counterpart: rvmctl makes no backups (days there)", fits: within(1, 365, "days")},
		"backup_retention_days": {note: "has no counterpart: rvmctl makes no backups (days there)", fits: within(1, 365, "days")},
		"monitoring_interval":   {note: "has no counterpart: how often is said by cron or a systemd timer (seconds there)"},
		"health_check_interval": {note: "has no counterpart: how often is said by cron or a systemd timer (seconds there)"},
		"default_timezone":      {note: "obsolete: times are sent in UTC and shown in the time zone of the system (TZ)"},
	}
}

// seconds is a number of them as a duration.
func seconds(value string) string {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n >= 0 && n <= 3600) {
		return value
	}
	return time.Duration(math.Round(n * float64(time.Second))).String()
}

func notEmpty(value string) error {
	if value == "" {
		return errors.New("must be an address")
	}
	return nil
}

// machine refuses 0, which means none here. The name of a device, which some of the old files have, is no number at all.
func machine(value string) error {
	if value == "0" {
		return errors.New("must be the machine's number on the platform, from 1")
	}
	return nil
}

func truth(value json.RawMessage) string {
	if text := string(value); text == "true" || text == "false" {
		return ""
	}
	return "true or false"
}

// within is a range of numbers; unit is empty for a count.
func within(low, high float64, unit string) func(json.RawMessage) string {
	return func(value json.RawMessage) string {
		n, err := strconv.ParseFloat(strings.Trim(string(value), `"`), 64)
		if err == nil && n >= low && n <= high {
			return ""
		}
		if high == math.MaxInt32 {
			return "a number above 0 " + unit
		}
		return strings.TrimSpace(fmt.Sprintf("a number from %v to %v %s", low, high, unit))
	}
}

func oneOf(words ...string) func(json.RawMessage) string {
	return func(value json.RawMessage) string {
		for _, w := range words {
			if string(value) == strconv.Quote(w) {
				return ""
			}
		}
		return "one of " + strings.Join(words, ", ")
	}
}
