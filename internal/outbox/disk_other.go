//go:build !linux

package outbox

func refuseNetworkDisk(string) error { return nil }

func freeBytes(string) (int64, bool) { return 0, false }
