package toolbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// maxTrialRequest bounds the line in front of a model, in bytes: it holds the labels.
const maxTrialRequest = 4 << 20

// RunTrial is the other side of Trial: it reads the request and the model, tries it, and answers on standard output. Whatever
// happens to the model is part of the answer; the error is about the request.
func RunTrial(ctx context.Context) error {
	in := bufio.NewReaderSize(os.Stdin, maxTrialRequest)
	line, err := in.ReadSlice('\n')
	var request trialRequest
	if err == nil {
		err = json.Unmarshal(line, &request)
	}
	if err != nil || request.Size < 0 || request.Size > onnx.MaxModelBytes {
		return Usage("this command is for rvmctl itself", "type: rvmctl model verify --help")
	}
	data := make([]byte, request.Size)
	if _, err := io.ReadFull(in, data); err != nil {
		return errors.New("the model did not arrive whole")
	}
	go withParent(os.Getppid())
	// The runtime may still be at work on other threads when the answer is written; nothing is unwound after it.
	out := json.NewEncoder(os.Stdout)
	result, err := try(ctx, request, onnx.NewModel(request.Name, data), func(doing string) { _ = out.Encode(trialAnswer{Doing: doing}) })
	if err != nil {
		return out.Encode(trialAnswer{Failure: newTrialFailure(err)})
	}
	return out.Encode(trialAnswer{Result: result})
}

// withParent ends this process when the one that started it is gone, which may have been killed: nobody waits for the answer.
func withParent(parent int) {
	for os.Getppid() == parent {
		time.Sleep(200 * time.Millisecond)
	}
	os.Exit(1)
}

func try(ctx context.Context, r trialRequest, m onnx.Model, doing func(string)) (*TrialResult, error) {
	limitTrial(r.Seconds, r.Size, r.Bound)
	doing("opening ONNX Runtime")
	runtime, err := onnx.Start(r.Runtime, false)
	if err != nil {
		return nil, err
	}
	doing("loading it and running it on a grey picture")
	s, err := onnx.Open(ctx, onnx.Options{Runtime: runtime, Model: m, SHA256: r.SHA256, Labels: r.Labels, Width: r.Width, Height: r.Height,
		Thresholds: yolo.DefaultThresholds(), Device: onnx.Device(r.Device), Threads: r.Threads, EngineDir: r.EngineDir, GPU: r.GPU,
		Precision: r.Precision, WorkspaceBytes: r.WorkspaceBytes})
	if err != nil {
		return nil, err
	}
	doing("running it on a picture")
	seen, err := s.Detect(ctx, TrialPicture(640, 480))
	if err != nil {
		return nil, &onnx.ModelError{Found: "it fails on a picture: " + err.Error(), Err: err}
	}
	i := s.Info()
	if seen.Dropped > 0 {
		i.Notes = append(slices.Clone(i.Notes), fmt.Sprintf("%d rows of its answer to a picture have impossible numbers", seen.Dropped))
	}
	return &TrialResult{Device: string(i.Device), Provider: i.Provider, Precision: i.Precision, Nodes: i.Nodes, Fallback: i.FallbackReason,
		Unexpected: i.FallbackUnexpected, Runtime: i.RuntimeVersion, RuntimePath: i.RuntimePath, Threads: i.Threads, LoadMS: i.LoadMS,
		WarmUpMS: i.WarmUpMS, Notes: i.Notes, NoScores: s.NoScores()}, nil
}

// TrialPicture is a picture that is the same every time and has edges, gradients and colours; its size is in pixels.
func TrialPicture(width, height int) *vision.Frame {
	rgb := make([]byte, 3*width*height)
	for y := range height {
		for x := range width {
			at := 3 * (y*width + x)
			rgb[at], rgb[at+1], rgb[at+2] = byte(x*255/width), byte(y*255/height), byte((x/16+y/16)%2*200)
		}
	}
	return &vision.Frame{Name: "trial", Width: width, Height: height, RGB: rgb}
}
