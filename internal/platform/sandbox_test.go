package platform_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/sandbox"
)

// signedIn opens a sandbox, which shares no type with this package, and signs in to it.
func signedIn(t *testing.T, email string) *platform.Client {
	t.Helper()
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	anonymous, err := platform.New(platform.Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	login, err := anonymous.Auth.Login(t.Context(), email, sandbox.DemoPassword)
	if err != nil {
		t.Fatalf("login: %v", err)
	}
	client, err := platform.New(platform.Options{URL: server.URL, Token: login.Token.Reveal()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestAnEngineInTheSandbox(t *testing.T) {
	t.Parallel()
	c, ctx := signedIn(t, "admin@myrvm.com"), t.Context()
	spec := platform.EngineSpec{Name: "jetson", Type: platform.EngineTypeJetson, ServerAddress: "172.28.93.97", Port: 5000, GPUMemoryGB: 8}
	made, err := c.Engines.Create(ctx, spec)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	if differs := made.Differences(spec); differs != nil {
		t.Errorf("the stored engine differs in %v", differs)
	}
	spec.Name = "renamed"
	if _, err := c.Engines.Update(ctx, made.ID, spec); err != nil {
		t.Errorf("update: %v", err)
	}
	if ping, err := c.Engines.Ping(ctx, made.ID); err != nil || !ping.IsOnline {
		t.Errorf("ping: %+v, %v", ping, err)
	}
	if to, err := c.Engines.Assign(ctx, made.ID, platform.Assignment{RVMID: 1, Priority: "primary"}); err != nil || to.RVM.ID != 1 {
		t.Errorf("assign: %+v, %v", to, err)
	}
	names := ""
	for engine, err := range c.Engines.All(ctx, platform.EngineQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		names += engine.Name
	}
	if names != "renamed" {
		t.Errorf("got engines %q, want renamed", names)
	}
	if err := c.Engines.Delete(ctx, made.ID); err != nil {
		t.Errorf("delete: %v", err)
	}
	var refused *platform.Error
	if _, err := c.Engines.Get(ctx, made.ID); !errors.As(err, &refused) || !refused.NotFound() {
		t.Errorf("get after delete: %v, want not found", err)
	}
}

func TestABottleInTheSandbox(t *testing.T) {
	t.Parallel()
	c, ctx := signedIn(t, "admin@myrvm.com"), t.Context()
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	stored, err := c.Uploads.Create(ctx, platform.Upload{RVMID: 1, Name: "bottle.jpg", Size: int64(picture.Len()),
		Metadata: map[string]string{"capture": "1"},
		Open:     func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(picture.Bytes())), nil }})
	if err != nil {
		t.Fatalf("upload: %v", err)
	}
	seen := platform.Detection{Class: "bottle", Confidence: 0.9, BBox: [4]float64{1, 2, 30, 40}}
	result, err := c.Detections.Create(ctx, platform.DetectionCreate{RVMID: 1, ImagePath: stored.Path, Detections: []platform.Detection{seen}})
	if err != nil {
		t.Fatalf("detection: %v", err)
	}
	again, err := c.Detections.Get(ctx, result.ID)
	if err != nil || len(again.Detections) != 1 || again.Detections[0] != seen || again.ImagePath != stored.Path {
		t.Errorf("detection came back as %+v, %v", again, err)
	}
	weight, _ := platform.ParseDecimal("0.5")
	made, err := c.Deposits.Create(ctx, platform.DepositCreate{RVMID: 1, WasteType: "plastic", Weight: weight, Quantity: 3, SessionToken: "tok"})
	if err != nil {
		t.Fatalf("deposit: %v", err)
	}
	estimate, err := platform.EstimateReward("plastic", weight, 3)
	if err != nil || made.RewardAmount == nil || !made.RewardAmount.Equal(estimate.Reward) {
		t.Errorf("paid %v, estimated %v (%v)", made.RewardAmount, estimate.Reward, err)
	}
	for deposit, err := range c.Deposits.All(ctx, platform.DepositQuery{}) {
		if err != nil || deposit.ID != made.ID || deposit.SessionToken == nil || *deposit.SessionToken != "tok" || deposit.CreatedAt.IsZero() {
			t.Errorf("listed %+v, %v", deposit, err)
		}
	}
	done, err := c.Deposits.Process(ctx, made.ID, platform.DepositProcess{Status: platform.DepositCompleted})
	if err != nil || done.Status != platform.DepositCompleted {
		t.Errorf("process: %+v, %v", done, err)
	}
	var refused *platform.Error
	_, err = c.Deposits.Process(ctx, made.ID, platform.DepositProcess{Status: platform.DepositCompleted})
	if !errors.As(err, &refused) || !refused.Refused() || refused.CurrentStatus != platform.DepositCompleted {
		t.Errorf("process again: %v, want a refusal that names completed", err)
	}
	if stats, err := c.Deposits.Statistics(ctx); err != nil || stats.Completed == nil || *stats.Completed != 1 || stats.Total != 1 {
		t.Errorf("statistics: %+v, %v", stats, err)
	}
}

func TestAMachineInTheSandbox(t *testing.T) {
	t.Parallel()
	c, ctx := signedIn(t, "admin@myrvm.com"), t.Context()
	n := 0
	for machine, err := range c.RVMs.All(ctx, platform.RVMQuery{}) {
		if n++; err != nil || machine.ID != int64(n) || machine.APIKey.IsZero() {
			t.Errorf("machine %d: %+v, %v", n, machine, err)
		}
	}
	if n != 5 {
		t.Errorf("got %d machines, want 5", n)
	}
	if change, err := c.RVMs.SetStatus(ctx, 2, "maintenance"); err != nil || change.New != "maintenance" {
		t.Errorf("set status: %+v, %v", change, err)
	}
	if change, err := c.RVMs.SetStatusAdmin(ctx, 2, "error"); err != nil || change.Old != "maintenance" || change.New != "error" {
		t.Errorf("set status as admin: %+v, %v", change, err)
	}
	if machine, err := c.RVMs.Get(ctx, 2); err != nil || machine.Status != "error" {
		t.Errorf("get: %+v, %v", machine, err)
	}
	if status, err := c.RVMs.Status(ctx, 1); err != nil || status.RVM.ID != 1 || !status.MarkedOnline {
		t.Errorf("status: %+v, %v", status, err)
	}
	if before, err := c.Metrics.Latest(ctx, 1); err != nil || !before.Simulated {
		t.Errorf("metrics before any: %+v, %v, want them called made up", before, err)
	}
	load := 42.5
	if err := c.Metrics.Push(ctx, 1, platform.MetricsReport{System: &platform.SystemMetrics{CPUUsage: &load}}); err != nil {
		t.Errorf("push: %v", err)
	}
	after, err := c.Metrics.Latest(ctx, 1)
	if err != nil || after.Simulated || after.System == nil || after.System.CPUUsage == nil || *after.System.CPUUsage != load {
		t.Errorf("metrics after: %+v, %v", after, err)
	}
	var refused *platform.Error
	if _, err := c.RVMs.Get(ctx, 999); !errors.As(err, &refused) || !refused.NotFound() {
		t.Errorf("get 999: %v, want not found", err)
	}
	if h := c.Health.Check(ctx); h.TCP.State != platform.StateOK || h.HTTP.State != platform.StateOK || h.Application.State != platform.StateOK {
		t.Errorf("health: %+v", h)
	}
	if err := c.Auth.Logout(ctx); err != nil {
		t.Errorf("logout: %v", err)
	}
	if _, err := c.Auth.Me(ctx); !errors.As(err, &refused) || !refused.Unauthenticated() {
		t.Errorf("me after logout: %v, want a lost login", err)
	}
}
