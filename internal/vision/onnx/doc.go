// Package onnx opens ONNX model files and runs them with ONNX Runtime.
//
// A file is read once, walked with bounds of our own and judged before the runtime sees a byte of it; the bytes that
// were judged are the bytes that run. The runtime itself is a shared library that is looked for and opened only when
// a model is loaded.
//
// The package moves tensors and owns memory. What the numbers in them mean is the business of package yolo, where
// pictures come from that of package source. It refuses to know the terminal, the configuration and the platform:
// paths, devices and thresholds are arguments, and every refusal is a typed error.
package onnx
