// Package model carries the detector that ships with rvmctl: beverage-nano, which knows bottles and cans. The weights
// are embedded, so that a machine with nothing but the binary can look at a picture; the model card says what they
// were made of, how good they are and what they are bad at, and training/ holds the recipe that made them.
//
// The package is bytes and words. It refuses to know how a model is run.
package model

import _ "embed"

//go:embed beverage-nano.onnx
var weights []byte

//go:embed CARD.md
var card string

// Shipped is a model inside the program.
type Shipped struct {
	// Name is what the operator calls it and what results name.
	Name string
	// Bytes is the ONNX file. It is shared and must not be changed.
	Bytes []byte
	// SHA256 is the sum of Bytes in lower-case hexadecimal, pinned by a test.
	SHA256 string
	// Labels are the names in the file, in the order of their numbers, for whoever cannot wait until it is opened.
	Labels []string
	// License is the licence of the weights, as an SPDX expression.
	License string
	// Card is the model card in Markdown.
	Card string
}

// Default is the model that looks when no other was asked for: labels bottle and can, input 320x320 unless another multiple of
// 32 is chosen.
func Default() Shipped {
	return Shipped{
		Name:    "beverage-nano",
		Bytes:   weights,
		SHA256:  "7472801cf1be6371f4df9d7916902b7bb65a36edf51bbc075b57c1c4db6dd598",
		Labels:  []string{"bottle", "can"},
		License: "Apache-2.0",
		Card:    card,
	}
}
