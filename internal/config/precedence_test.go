package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestEverySettingObeysTheOrderOfItsPlaces adds one place after another, each more important than those before.
func TestEverySettingObeysTheOrderOfItsPlaces(t *testing.T) {
	values := map[string][5]string{
		KeyURL:           {"http://a:1", "http://a:2", "http://a:3", "http://a:4", "http://a:5"},
		KeyPlaintext:     {"true", "false", "true", "false", "true"},
		KeyTunnelURL:     {"http://b:1", "http://b:2", "http://b:3", "http://b:4", "http://b:5"},
		KeyUseTunnel:     {"true", "false", "true", "false", "true"},
		KeyFallback:      {"false", "true", "false", "true", "false"},
		KeyTunnelType:    {"tailscale", "ngrok", "cloudflare", "zerotier", "ngrok"},
		KeyRetryAttempts: {"1", "2", "3", "4", "5"},
		KeyRetryDelay:    {"1s", "2s", "3s", "4s", "5s"},
		KeyQueue:         {"always", "never", "auto", "always", "never"},
		KeyPolicy:        {"hold", "idempotent", "reconcile", "hold", "idempotent"},
		KeySettle:        {"1s", "2s", "3s", "4s", "5s"},
		KeyKeep:          {"48h", "49h", "50h", "51h", "52h"},
		KeyMaxMegabytes:  {"16", "17", "18", "19", "20"},
		KeyLockWait:      {"1s", "2s", "3s", "4s", "5s"},
		KeyRVM:           {"1", "2", "3", "4", "5"},
		KeyTimeout:       {"1s", "2s", "3s", "4s", "5s"},
		KeyGPU:           {"1", "2", "3", "4", "5"},
		KeyPrecision:     {"fp16", "fp32", "auto", "fp16", "fp32"},
		KeyWorkspace:     {"64", "65", "66", "67", "68"},
		KeySize:          {"320", "640", "640x480", "416", "96x32"},
		KeySpin:          {"on", "off", "auto", "on", "off"},
		KeyResolution:    {"640x480", "1280x720", "1920x1080", "320x240", "800x600"},
		KeyFPS:           {"1", "2", "3", "4", "5"},
		KeyMinArea:       {"0.1", "0.2", "0.3", "0.4", "0.5"},
		KeySettleFrames:  {"1", "2", "3", "4", "6"},
		KeyModelSHA256:   {strings.Repeat("1", 64), strings.Repeat("2", 64), strings.Repeat("3", 64), strings.Repeat("4", 64), strings.Repeat("5", 64)},
		KeyDevice:        {"cpu", "cuda", "tensorrt", "webgpu", "cpu"},
		KeyThreads:       {"1", "2", "3", "4", "5"},
		KeyConfidence:    {"0.1", "0.2", "0.3", "0.4", "0.5"},
		KeyIoU:           {"0.1", "0.2", "0.3", "0.4", "0.5"},
		KeyMaxPixels:     {"1", "2", "3", "4", "5"},
		KeyMinConfidence: {"0.1", "0.2", "0.3", "0.4", "0.5"},
	}
	for _, k := range Keys() {
		if k.Name == KeyProfile {
			// Its own file cannot choose it: see TestANamedProfileMustExist.
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			said, given := values[k.Name]
			if !given {
				said = [5]string{"a", "b", "c", "d", "e"}
			}
			p := newPaths(t)
			r := Request{Paths: p}
			expect := func(want, kind string) {
				t.Helper()
				c, err := Load(r)
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				if c.Value(k.Name) != want || c.Source(k.Name).Kind != kind {
					t.Errorf("got %q from %s, want %q from %s", c.Value(k.Name), c.Source(k.Name).Kind, want, kind)
				}
			}
			expect(k.Default, FromDefault)
			for i, f := range []File{p.File(InSystem, ""), p.File(InUser, ""), p.File(InProfile, DefaultProfile)} {
				write(t, f.Path, inFile(k.Name, said[i]), 0o600)
				expect(said[i], string(f.Layer))
			}
			t.Setenv(k.Variable(), said[3])
			expect(said[3], FromVariable)
			r.Flags = map[string]string{k.Flag: said[4]}
			expect(said[4], FromFlag)
		})
	}
}

// inFile is a setting as a file says it.
func inFile(key, value string) string {
	section, name, nested := strings.Cut(key, ".")
	if !nested {
		return fmt.Sprintf("%s: %s\n", section, value)
	}
	return fmt.Sprintf("%s:\n  %s: %s\n", section, name, value)
}
