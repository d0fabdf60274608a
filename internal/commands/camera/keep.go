package camera

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/overlay"
)

// quality of a JPEG: it may be looked at closely, or used to train a model.
const quality = 95

// encode makes a file of a frame; anything but png is JPEG. The planes of a JPEG are packed again as they are.
func encode(f *vision.Frame, format string) ([]byte, error) {
	var img image.Image = f.YCbCr
	if f.YCbCr == nil {
		plain, err := overlay.Draw(f, nil)
		if err != nil {
			return nil, err
		}
		img = plain
	}
	var b bytes.Buffer
	if format == "png" {
		err := png.Encode(&b, img)
		return b.Bytes(), err
	}
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

// free refuses a file that exists, before a camera is opened for it.
func (o *SnapshotOptions) free() error {
	if o.Output == "-" {
		return nil
	}
	info, err := os.Lstat(o.Output)
	switch {
	case err == nil && info.IsDir():
		return toolbox.Usage(o.Output+" is a folder", "name a file in it: --output "+filepath.Join(o.Output, "tray.jpg"))
	case err == nil && !o.Force:
		return taken(o.Output)
	}
	return nil
}

func taken(path string) error {
	return toolbox.Usage(path+" exists already, nothing was changed", "name another file, or replace it with --force")
}

// keep writes the file aside and gives it its name when it is whole. Without force the name is taken first, by an empty file
// that only one process can have made.
func keep(path string, data []byte, force bool) (err error) {
	if !force {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		switch {
		case errors.Is(err, fs.ErrExist):
			return taken(path)
		case err != nil:
			return unwritten(err)
		}
		_ = f.Close()
		defer func() {
			if err != nil {
				os.Remove(path)
			}
		}()
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".rvmctl-*.tmp")
	if err != nil {
		return unwritten(err)
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		os.Remove(temp.Name())
		return unwritten(err)
	}
	return nil
}

func unwritten(err error) error {
	return toolbox.Usage(fmt.Sprintf("cannot write the picture: %v", err), "name another place with --output")
}
