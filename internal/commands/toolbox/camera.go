package toolbox

import (
	"errors"
	"os"
	"strings"

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
		var missing *source.CameraBinaryError
		if errors.As(err, &missing) {
			missing.Source = src
		}
		return err
	}
	b.Console.Step("%s needs OpenCV: continuing as %s", src, path)
	b.Console.LetGo()
	return b.System.Replace(path, append([]string{path}, os.Args[1:]...), b.cameraEnvironment(os.Environ()))
}

// cameraEnvironment keeps OpenCV and FFmpeg from writing onto standard error, past us and with addresses as they were given: what
// fails is said by rvmctl. With -vv, and where the variables are set, they may.
func (b *Box) cameraEnvironment(env []string) []string {
	for _, quiet := range []string{"OPENCV_LOG_LEVEL=OFF", "OPENCV_FFMPEG_LOGLEVEL=-8"} {
		name, _, _ := strings.Cut(quiet, "=")
		if _, set := os.LookupEnv(name); !set && !b.Console.Verbose() {
			env = append(env, quiet)
		}
	}
	return env
}
