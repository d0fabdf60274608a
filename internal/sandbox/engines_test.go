package sandbox

import (
	"fmt"
	"testing"
)

const edgeEngine = `{"name":"edge","type":"jetson_edge","server_address":"10.1.2.3","port":8000,"gpu_memory_limit":8}`

func TestEngineLifeCycle(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	made := p.call(token, "POST", "/api/v2/processing-engines", edgeEngine)
	made.want(t, 201, "data.name", "edge", "data.is_online", true, "data.is_active", true, "data.auto_failover", false,
		"data.processing_timeout", 30, "data.docker_gpu_passthrough", false, "data.rvms", "[]")
	path := fmt.Sprintf("/api/v2/processing-engines/%v", made.get("data.id"))
	t.Run("the memory limit comes back as text", func(t *testing.T) {
		if _, text := p.call(token, "GET", path, "").get("data.gpu_memory_limit").(string); !text {
			t.Error("gpu_memory_limit is no string on show")
		}
		if _, text := made.get("data.gpu_memory_limit").(string); text {
			t.Error("gpu_memory_limit is a string on create")
		}
	})
	t.Run("an update changes what was sent", func(t *testing.T) {
		p.call(token, "PUT", path, `{"port":9000,"is_active":false}`).want(t, 200, "data.port", 9000, "data.is_active", false,
			"data.name", "edge", "data.gpu_memory_limit", 8)
	})
	t.Run("a ping is recorded and contacts nobody", func(t *testing.T) {
		p.call(token, "POST", path+"/ping", "").want(t, 200, "data.is_active", true, "data.is_online", true, "data.port", 9000)
	})
	t.Run("the same address twice is two engines", func(t *testing.T) {
		p.call(token, "POST", "/api/v2/processing-engines", edgeEngine).want(t, 201, "data.id", 2)
		p.call(token, "GET", "/api/v2/processing-engines", "").want(t, 200, "data.total", 2, "data.data.0.id", 2)
	})
	t.Run("deleted is gone", func(t *testing.T) {
		p.call(token, "DELETE", path, "").want(t, 200)
		p.call(token, "GET", path, "").want(t, 404, "message", `No query results for model [App\Models\ProcessingEngine] 1`)
	})
	t.Run("a status filter throws", func(t *testing.T) {
		p.call(token, "GET", "/api/v2/processing-engines?status=active", "").want(t, 500, "message", "Server Error")
	})
	t.Run("an id that is no number throws", func(t *testing.T) {
		p.call(token, "GET", "/api/v2/processing-engines/abc", "").want(t, 500)
	})
}

func TestAssignReplacesEveryOtherEngine(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	for range 2 {
		p.call(token, "POST", "/api/v2/processing-engines", edgeEngine).want(t, 201)
	}
	for _, id := range []string{"1", "2"} {
		p.call(token, "POST", "/api/v2/processing-engines/"+id+"/assign", `{"rvm_id":1,"priority":"secondary"}`).
			want(t, 200, "data.processing_engine.id", id, "data.rvm.id", 1,
				"data.processing_engine.rvms.0.pivot.priority", "primary")
	}
	l, err := p.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Engines[0].RVMs) != 0 || fmt.Sprint(l.Engines[1].RVMs) != "[1]" {
		t.Errorf("engines serve %v and %v, want none and machine 1", l.Engines[0].RVMs, l.Engines[1].RVMs)
	}
	p.call(token, "POST", "/api/v2/processing-engines/2/assign", `{"rvm_id":77}`).
		want(t, 422, "errors.rvm_id.0", "The selected rvm id is invalid.")
}

func TestTriggerNeedsAnEngineAndOnlyWritesARow(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.user()
	body := `{"rvm_id":2,"processing_type":"detection","priority":"high"}`
	p.call(token, "POST", "/api/v2/trigger-processing", body).
		want(t, 400, "message", "No processing engines assigned to this RVM")
	p.call(token, "POST", "/api/v2/processing-engines", edgeEngine).want(t, 201)
	p.call(token, "POST", "/api/v2/processing-engines/1/assign", `{"rvm_id":2}`).want(t, 200)
	p.call(token, "POST", "/api/v2/trigger-processing", body).want(t, 200, "data.status", "processing_requested",
		"data.processing_request_id", 1, "data.processing_engines.0.id", 1, "data.rvm.id", 2)
	p.call(token, "GET", "/api/v2/detection-results/processing-history?status=processing_requested", "").
		want(t, 200, "data.0.priority", "high", "data.0.processing_type", "detection")
}
