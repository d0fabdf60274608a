package toolbox

import (
	"os"

	"github.com/myrvm/rvmctl/internal/vision/source"
)

// BecomeCamera replaces this process with the camera build, with the same arguments and environment. It returns only
// when there is none, or when it could not be started.
func (b *Box) BecomeCamera(src string, lookPath func(string) (string, error)) error {
	self, err := b.System.Executable()
	if err != nil {
		self = ""
	}
	path, err := source.FindCameraBinary(self, lookPath)
	if err != nil {
		return err
	}
	b.Console.Step("%s needs OpenCV: continuing as %s", src, path)
	return b.System.Replace(path, append([]string{path}, os.Args[1:]...), os.Environ())
}
