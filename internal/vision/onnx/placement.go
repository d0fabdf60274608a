package onnx

import (
	"encoding/json"
	"io"
)

// placement counts which provider ran which nodes, from the profile of one run.
type placement struct {
	nodes map[string]int
	// heavy counts only the operators in which the time is spent.
	heavy map[string]int
}

// heavyOperators take most of the time of a detector; the rest are shapes and sums that may well stay on the CPU.
var heavyOperators = map[string]bool{"Conv": true, "FusedConv": true, "NhwcConv": true, "ConvInteger": true,
	"QLinearConv": true, "ConvTranspose": true, "Gemm": true, "MatMul": true, "FusedMatMul": true, "MatMulInteger": true,
	"QLinearMatMul": true}

// readPlacement reads the JSON array of events that ONNX Runtime writes when profiling is on.
func readPlacement(r io.Reader) (placement, error) {
	var events []struct {
		Category string `json:"cat"`
		Args     struct {
			Provider string `json:"provider"`
			Operator string `json:"op_name"`
		} `json:"args"`
	}
	if err := json.NewDecoder(r).Decode(&events); err != nil {
		return placement{}, err
	}
	p := placement{nodes: map[string]int{}, heavy: map[string]int{}}
	for _, e := range events {
		if e.Category != "Node" || e.Args.Provider == "" {
			continue
		}
		p.nodes[e.Args.Provider]++
		// A TensorRT engine is one node of a name of its own, and as heavy as everything inside it.
		if heavyOperators[e.Args.Operator] || e.Args.Provider == TensorRT.Provider() {
			p.heavy[e.Args.Provider]++
		}
	}
	return p, nil
}

// credit counts what is inside the engines of a provider that runs many nodes of the model as one: all heavy nodes of the
// model that nobody else ran.
func (p placement) credit(provider string, h Header) {
	if p.heavy[provider] == 0 {
		return
	}
	rest := 0
	for op, n := range h.Operators {
		if heavyOperators[op] {
			rest += n
		}
	}
	for name, n := range p.heavy {
		if name != provider {
			rest -= n
		}
	}
	p.heavy[provider] = max(p.heavy[provider], rest)
}

// effective is the provider that ran most of the heavy nodes, or most nodes where there are no heavy ones.
func (p placement) effective() string {
	counts := p.heavy
	if len(counts) == 0 {
		counts = p.nodes
	}
	best := ""
	for name, n := range counts {
		if n > counts[best] || n == counts[best] && (best == "" || name < best) {
			best = name
		}
	}
	return best
}
