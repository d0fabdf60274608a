package onnx

// Runtime is ONNX Runtime, opened and started. There is at most one in a process.
type Runtime struct {
	// Path is the library that was opened.
	Path string
	// Version is what the library says of itself, such as "1.30.0".
	Version string
}

// Find looks for a library and opens it: Search, then Start. When there is none the *RuntimeError lists the places.
func Find(o SearchOptions, verbose bool) (*Runtime, error) {
	path, tried := Search(o)
	switch {
	case path == "" && o.Explicit != "":
		return nil, &RuntimeError{Path: tried[0], Needed: needed, Tried: tried, Reason: "does not exist"}
	case path == "":
		return nil, &RuntimeError{Needed: needed, Tried: tried}
	}
	return Start(path, verbose)
}
