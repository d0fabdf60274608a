package outbox

import (
	"errors"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// refuseNetworkDisk refuses file systems on which SQLite's locks do not work between machines.
func refuseNetworkDisk(dir string) error {
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) != nil {
		return nil //nolint:nilerr // a file system that does not say what it is is taken for a local one
	}
	remote := []int64{unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.CODA_SUPER_MAGIC, unix.AFS_SUPER_MAGIC}
	if slices.Contains(remote, int64(fs.Type)) {
		return errors.New("it lies on a network file system, whose locks cannot be trusted with money")
	}
	return nil
}

// freeBytes is how much room there is for this user.
func freeBytes(dir string) (int64, bool) {
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) != nil {
		return 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true
}

// allocate reserves the blocks of a file.
func allocate(f *os.File, size int64) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return fill(f, size)
	}
	return err
}
