package commands

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/report"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// explainVision is about pictures, models and the runtime.
func explainVision(err error) (f terminal.Failure, known bool) {
	for _, explain := range []func(error) (terminal.Failure, bool){explainSource, explainModel, explainRuntime} {
		if f, known := explain(err); known {
			return f, true
		}
	}
	return f, false
}

func explainSource(err error) (f terminal.Failure, known bool) {
	var missing *source.NotFoundError
	var empty *source.NoImagesError
	var match *source.NoMatchError
	var thing *source.NotRegularError
	var picture *source.ImageError
	var read *source.ReadError
	var camera *source.NeedsCameraBuildError
	var binary *source.CameraBinaryError
	var video *source.VideoError
	var unasked *source.DeviceError
	var page *report.FileError
	switch {
	case errors.As(err, &missing) && strings.HasPrefix(missing.Path, "camera:"):
		return terminal.Failure{Code: exitNotFound, Hint: "a camera is camera: and its number; see what there is: rvmctl camera list"}, true
	case errors.As(err, &missing):
		return terminal.Failure{Code: exitNotFound, Hint: "check the path; a relative one starts from the working folder"}, true
	case errors.As(err, &empty):
		return terminal.Failure{Code: exitNotFound, Hint: "name a folder that holds pictures, or a pattern: 'DIR/*/*.jpg'"}, true
	case errors.As(err, &match):
		return terminal.Failure{Code: exitNotFound, Hint: "check the pattern, and quote it if the shell should leave it alone"}, true
	case errors.As(err, &thing):
		return terminal.Failure{Code: exitUsage, Hint: "name a JPEG or PNG file, a folder, a pattern, or - for standard input"}, true
	case errors.As(err, &picture):
		return terminal.Failure{Code: exitFailure, Hint: pictureHint(picture.Kind)}, true
	case errors.As(err, &read):
		return terminal.Failure{Code: exitFailure, Hint: "check the rights of the file: ls -l " + read.Name}, true
	case errors.As(err, &camera), errors.As(err, &binary):
		return terminal.Failure{Code: exitVision, Hint: "put rvmctl-camera beside rvmctl, or build it: make build"}, true
	case errors.As(err, &page) && page.Taken:
		return terminal.Failure{Code: exitUsage, Hint: "name a new file with --report, or a report of before"}, true
	case errors.As(err, &page):
		return terminal.Failure{Code: exitFailure, Hint: "check the folder and the room on the disk, or name another place with --report"}, true
	case errors.As(err, &unasked) && unasked.Denied:
		return terminal.Failure{Code: exitVision, Hint: "join the group of the cameras, then sign in again: sudo usermod -aG video \"$USER\""}, true
	case errors.As(err, &unasked), errors.As(err, &video) && video.Missing:
		return terminal.Failure{Code: exitVision, Hint: "see what there is: rvmctl camera list"}, true
	case errors.As(err, &video) && video.File():
		return terminal.Failure{Code: exitVision, Hint: "it may be cut off, or hold no pictures; see what another program says: ffprobe FILE"}, true
	case errors.As(err, &video):
		return terminal.Failure{Code: exitVision, Hint: "check the device or address, and that no other program uses it"}, true
	}
	return f, false
}

func pictureHint(kind source.Kind) string {
	switch kind {
	case source.KindBomb:
		return "if the picture is honest, raise the limit: --max-megapixels N"
	case source.KindUnwieldy:
		return "make the picture smaller, or save it as a plain 8-bit JPEG"
	case source.KindTooLarge:
		return "pictures may have up to 20 MiB"
	case source.KindNotImage, source.KindUnsupported:
		return "convert it to JPEG or PNG"
	case source.KindCorrupt:
		return "copy or take the picture again"
	}
	return ""
}

func explainModel(err error) (f terminal.Failure, known bool) {
	var model *onnx.ModelError
	var layout *yolo.UnsupportedError
	var labels *yolo.LabelsError
	var label *yolo.UnknownLabelError
	var outlines *onnx.SAMError
	switch {
	case errors.As(err, &outlines):
		return terminal.Failure{Code: exitVision, Hint: outlines.Want}, true
	case errors.As(err, &label):
		return terminal.Failure{Code: exitUsage, Hint: "give labels of this model with --only, in quotes if they have blanks"}, true
	case errors.As(err, &labels):
		return terminal.Failure{Code: exitUsage, Hint: "a labels file has one label a line; to keep only some labels use --only"}, true
	case errors.As(err, &model):
		return terminal.Failure{Code: exitVision, Hint: modelHint(model)}, true
	case errors.As(err, &layout):
		return terminal.Failure{Code: exitVision, Hint: layoutHint(layout)}, true
	}
	return f, false
}

func modelHint(e *onnx.ModelError) string {
	var layout *yolo.UnsupportedError
	switch {
	case errors.Is(e.Err, fs.ErrNotExist) && e.Want == "":
		return "check the path, or leave --model out to use the model inside rvmctl"
	case errors.As(e.Err, &layout):
		return layoutHint(layout)
	case e.Want != "":
		return e.Want
	}
	return "export it again: yolo export model=best.pt format=onnx"
}

func layoutHint(e *yolo.UnsupportedError) string {
	switch {
	case e.NeedsLabels:
		return "give the labels, one a line: --labels FILE"
	case e.OtherSize != "":
		return "leave --size out, or take one that fits: --size " + e.OtherSize
	}
	return "export it again: yolo export model=best.pt format=onnx"
}

func explainRuntime(err error) (f terminal.Failure, known bool) {
	var library *onnx.RuntimeError
	var none *onnx.NoRuntimeError
	var device *onnx.DeviceError
	var busy *onnx.BusyError
	var trial *toolbox.TrialError
	var store *toolbox.StoreError
	var run *onnx.RunError
	switch {
	case errors.As(err, &library):
		return terminal.Failure{Code: exitVision,
			Hint: "type: make setup, or name a library of version 1.24 or newer: --onnxruntime FILE"}, true
	case errors.As(err, &none):
		return terminal.Failure{Code: exitVision, Hint: "use the rvmctl that is built with cgo: make build"}, true
	case errors.As(err, &device) && device.Hint != "":
		return terminal.Failure{Code: exitVision, Hint: device.Hint}, true
	case errors.As(err, &device):
		return terminal.Failure{Code: exitVision, Hint: "use --device cpu, or --device auto to take what there is"}, true
	case errors.As(err, &busy):
		return terminal.Failure{Code: exitLocked, Hint: "wait for it: --lock-wait 20m"}, true
	case errors.As(err, &trial):
		return terminal.Failure{Code: exitVision, Hint: "nothing but that process was harmed; take another model: rvmctl model list"}, true
	case errors.As(err, &store):
		return terminal.Failure{Code: exitFailure, Hint: "nothing was chosen; check the folder, or name another with RVMCTL_DATA_DIR"}, true
	case errors.As(err, &run):
		return terminal.Failure{Code: exitVision, Hint: "try the same picture with --device cpu"}, true
	}
	return f, false
}
