package edge

import (
	"errors"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/config"
)

func TestEveryKeyIsAccountedFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, key, value string
		outcome, setting string
		kept, reason     string
	}{
		{"the address", "myrvm_base_url", `"http://172.28.233.83:8001"`, Fits, config.KeyURL, "http://172.28.233.83:8001", ""},
		{"no address", "myrvm_base_url", `""`, Refused, config.KeyURL, "", "must be an address"},
		{"an address with a password", "myrvm_base_url", `"http://bob:hunter22@host"`, Refused, config.KeyURL, "", "********"},
		{"a machine's number", "rvm_id", `7`, Fits, config.KeyRVM, "7", ""},
		{"a machine's number as text", "rvm_id", `"7"`, Fits, config.KeyRVM, "7", ""},
		{"a machine's name", "rvm_id", `"jetson_orin_nano_001"`, Refused, config.KeyRVM, "", "rvmctl rvm list"},
		{"no machine", "rvm_id", `0`, Refused, config.KeyRVM, "", "from 1"},
		{"half a machine", "rvm_id", `1.5`, Refused, config.KeyRVM, "", "whole number"},
		{"a machine that is a list", "rvm_id", `[1]`, Refused, config.KeyRVM, "", "single value"},
		{"a threshold", "confidence_threshold", `0.55`, Fits, config.KeyConfidence, "0.55", "deposit.min_confidence"},
		{"a threshold in percent", "confidence_threshold", `55`, Refused, config.KeyConfidence, "", "from 0 to 1"},
		{"a threshold that says nothing", "confidence_threshold", `null`, Skipped, config.KeyConfidence, "", "null"},
		{"a device in capitals", "device", `"CPU"`, Fits, config.KeyDevice, "cpu", ""},
		{"a token", "api_token", `"hunter22"`, Skipped, "", "", "secret"},
		{"a key", "api_key", `"hunter22"`, Skipped, "", "", "secret"},
		{"a secret nobody knows", "wifi_password", `"hunter22"`, Skipped, "", "", "secret"},
		{"megabytes", "gpu_memory_limit", `4096`, Skipped, "", "", "gigabytes"},
		{"gigabytes where megabytes belong", "gpu_memory_limit", `4`, Skipped, "", "", "512 to 8192 MB"},
		{"a tunnel", "myrvm_tunnel_url", `"http://172.28.233.83:8001"`, Fits, config.KeyTunnelURL, "http://172.28.233.83:8001", ""},
		{"no tunnel", "myrvm_tunnel_url", `""`, Skipped, config.KeyTunnelURL, "", "empty"},
		{"a tunnel with a password", "myrvm_tunnel_url", `"http://bob:hunter22@host"`, Refused, config.KeyTunnelURL, "", "********"},
		{"a switch", "use_tunnel", `true`, Fits, config.KeyUseTunnel, "true", "platform.fallback_to_local"},
		{"a switch as text", "fallback_to_local", `"false"`, Fits, config.KeyFallback, "false", "no code"},
		{"a switch that is none", "use_tunnel", `"yes"`, Refused, config.KeyUseTunnel, "", "true or false"},
		{"a kind of tunnel in capitals", "tunnel_type", `"ZeroTier"`, Fits, config.KeyTunnelType, "zerotier", ""},
		{"a kind of tunnel that nobody knows", "tunnel_type", `"ipsec"`, Refused, config.KeyTunnelType, "", "one of"},
		{"tries", "retry_attempts", `3`, Fits, config.KeyRetryAttempts, "3", "deposits"},
		{"no tries", "retry_attempts", `0`, Refused, config.KeyRetryAttempts, "", "from 1 to 10"},
		{"seconds", "retry_delay", `2.0`, Fits, config.KeyRetryDelay, "2s", "seconds there"},
		{"half a second", "retry_delay", `0.5`, Fits, config.KeyRetryDelay, "500ms", ""},
		{"less than nothing", "retry_delay", `-1`, Refused, config.KeyRetryDelay, "", "duration"},
		{"a delay that is no number", "retry_delay", `"soon"`, Refused, config.KeyRetryDelay, "", "duration"},
		{"a delay of a truth", "retry_delay", `true`, Refused, config.KeyRetryDelay, "", "duration"},
		{"a time of nothing", "processing_timeout", `0`, Skipped, "", "", "above 0"},
		{"something new", "colour", `"hunter22"`, Skipped, "", "", "no key of the old client"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rows, err := Read([]byte(`{"` + tt.key + `" : ` + tt.value + ` }`))
			if err != nil || len(rows) != 1 {
				t.Fatalf("got %v, %v", rows, err)
			}
			r := rows[0]
			if r.Key != tt.key || r.Outcome != tt.outcome || r.Setting != tt.setting || r.Value != tt.kept || !strings.Contains(r.Reason, tt.reason) {
				t.Errorf("got %+v, want %+v", r, tt)
			}
			if strings.Contains(r.Reason+r.Value, "hunter22") {
				t.Errorf("a secret is shown: %+v", r)
			}
		})
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", "", "not valid JSON"},
		{"a list", "[]", "must be a JSON object"},
		{"a key twice", "{\n\"a\": 1,\n\"a\": 2}", "line 3: says \"a\" twice"},
		{"a key twice inside", "{\"a\": {\n\"b\": 1, \"b\": 2}}", "line 2: says \"b\" twice"},
		{"Python's numbers", "{\n\n\"a\": NaN}", "line 3: is not valid JSON"},
		{"a comment", "{ // x\n}", "line 1: is not valid JSON"},
		{"two values", "{} {}", "not valid JSON"},
		{"depth", strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17), "nested deeper"},
		{"size", `{"a":"` + strings.Repeat("a", maxBytes) + `"}`, "larger than 1 MiB"},
		{"no text", "{\"a\": \"\xff\"}", "UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rows, err := Read([]byte(tt.text))
			var form *FormError
			if !errors.As(err, &form) || !strings.Contains(err.Error(), tt.want) || rows != nil {
				t.Errorf("got %v, %v, want %q", rows, err, tt.want)
			}
		})
	}
}

func TestAByteOrderMarkIsNoKey(t *testing.T) {
	t.Parallel()
	if rows, err := Read([]byte("\xef\xbb\xbf{\"rvm_id\": 1}")); err != nil || len(rows) != 1 || rows[0].Outcome != Fits {
		t.Errorf("got %v, %v", rows, err)
	}
}

// TestEveryFateHasWords keeps the table whole: each key has a setting that exists or a reason why not, and no two meanings.
func TestEveryFateHasWords(t *testing.T) {
	t.Parallel()
	for key, f := range fates() {
		if _, known := config.Find(f.setting); f.setting != "" && !known || f.setting == "" && f.note == "" {
			t.Errorf("%s: %+v", key, f)
		}
	}
}

// TestTheOldClientsKeysAreKnown names every key of its settings and of its validator.
func TestTheOldClientsKeysAreKnown(t *testing.T) {
	t.Parallel()
	for _, key := range strings.Fields(`myrvm_base_url myrvm_tunnel_url api_token api_key rvm_id camera_index models_dir capture_interval
		confidence_threshold auto_processing debug_mode jetson_ip jetson_port log_level max_processing_queue processing_timeout
		retry_attempts retry_delay use_tunnel tunnel_type fallback_to_local zerotier_network remote_access remote_access_port
		metrics_interval upload_interval sync_interval backup_interval default_timezone gpu_memory_limit batch_size device
		monitoring_interval health_check_interval`) {
		if _, known := fates()[key]; !known {
			t.Errorf("%s is not known", key)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{`{"rvm_id": "7", "api_token": "x"}`, `{"a":{"b":[1,{"c":null}]}}`, `{"device":"CPU",}`, "{\"a\":1e999}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		rows, err := Read(raw)
		var form *FormError
		if err != nil && !errors.As(err, &form) {
			t.Fatalf("an error of another kind: %v", err)
		}
		for _, r := range rows {
			if r.Outcome == Fits {
				k, known := config.Find(r.Setting)
				if _, err := k.Accept(r.Value); !known || err != nil {
					t.Fatalf("%+v does not fit: %v", r, err)
				}
			} else if r.Value != "" {
				t.Fatalf("%+v hands out a value", r)
			}
		}
	})
}
