package onnx

import "errors"

// ErrClosed is returned by Detect after Close.
var ErrClosed = errors.New("the model is closed")
