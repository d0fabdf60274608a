//go:build unix

package main

import "github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"

// samModel is one of the two files of a SAM2 model whose mask is the box that it was asked about, or what goes with them.
func samModel(kind string) []byte {
	switch kind {
	case "sam-encoder":
		return onnxtest.SAM{}.Encoder().Bytes()
	case "sam-family": // an encoder that goes with another decoder
		return onnxtest.SAM{Channels: 64}.Encoder().Bytes()
	case "sam-external": // an encoder whose numbers lie in another file
		m := onnxtest.SAM{}.Encoder()
		m.Graph.Constants[0].External = "canary"
		return m.Bytes()
	case "sam-sized": // inputs in another order, one more of them, whole numbers for labels
		return onnxtest.SAM{Exchanged: true, Sized: true, Labels: onnxtest.Int32}.Decoder().Bytes()
	case "slim": // a detector of a bottle, and of a can that is half a pixel wide
		return onnxtest.Detector{Width: 64, Height: 64, Labels: []string{"bottle", "can"}, Hot: []onnxtest.Hot{
			{X1: 8, Y1: 8, X2: 56, Y2: 56, Score: 0.9}, {X1: 20, Y1: 8, X2: 20.5, Y2: 56, Class: 1, Score: 0.8}}}.Model().Bytes()
	case "sam-nan":
		return onnxtest.SAM{NaN: true}.Decoder().Bytes()
	}
	return onnxtest.SAM{}.Decoder().Bytes()
}
