package terminal

// Bytes writes a file to stdout as it is, for a command whose result is one. Quiet does not silence it. What cannot be written
// is a *WriteError.
func (c *Console) Bytes(data []byte) error { return c.writeOut(string(data)) }
