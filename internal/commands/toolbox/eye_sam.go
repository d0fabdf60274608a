package toolbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/sam"
)

// samFiles reads and judges the SAM2 model of the settings; nil where they name none, or where nobody wants masks.
func samFiles(c *config.Config, want Looking) (*onnx.SAMFiles, error) {
	if !want.Masks || c.Vision.SAMEncoder == "" && c.Vision.SAMDecoder == "" {
		return nil, nil
	}
	return onnx.ReadSAM(c.Vision.SAMEncoder, c.Vision.SAMDecoder)
}

// addSAM puts SAM2 behind the detector of an Eye: what that finds, this draws the outline of. It runs where the detector does.
func (b *Box) addSAM(ctx context.Context, e *Eye, files *onnx.SAMFiles, o onnx.Options) (err error) {
	if e.Info.Device == onnx.CPU {
		o.Device = onnx.CPU
	}
	e.sam, err = onnx.OpenSAM(ctx, files, onnx.SAMOptions{Options: o, Memory: onnx.AvailableMemory,
		Notice: func(text string) { b.Console.Note("%s", text) }}) // What it costs in outlines is a warning of its own: Unmasked.
	if err != nil {
		return err
	}
	info := e.sam.Info()
	b.Console.Step("SAM2 encoder %s and decoder %s, on %s, loaded in %.0f ms", info.Encoder, info.Decoder, info.Device, info.LoadMS)
	if info.Fallback != "" {
		b.Console.Warn("SAM2 runs on the processor: %s", info.Fallback)
	}
	e.Detect = e.sam.Over(e.Detect)
	e.closers = append(e.closers, e.sam.Close)
	return nil
}

// Unmasked says in words how many boxes have no outline, and why; empty where each has one, or where none was asked for.
func (e *Eye) Unmasked() string {
	if e.sam == nil {
		return ""
	}
	stats, n := e.sam.Stats(), 0
	var parts []string
	for _, reason := range sam.Reasons() {
		if count := stats.Unmasked[reason]; count > 0 {
			n += count
			parts = append(parts, fmt.Sprintf("%d %s", count, reason))
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d boxes have no outline: %s", n, n+stats.Masks, strings.Join(parts, ", "))
}
