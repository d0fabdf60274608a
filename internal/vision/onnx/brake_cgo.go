//go:build cgo && !windows

package onnx

import (
	"context"

	ort "github.com/yalue/onnxruntime_go"
)

// brake ends the runs of one user of a session when their ctx ends: nobody knows how long a model takes for a picture. It
// stays tied to the ctx of the last run, so that the frames of a stream tie nothing. It is used by one goroutine at a time.
type brake struct {
	options *ort.RunOptions
	ctx     context.Context //nolint:containedctx // to see whether the next run has the same
	untie   func() bool
	pulled  chan struct{}
}

func newBrake() (*brake, error) {
	options, err := ort.NewRunOptions()
	if err != nil {
		return nil, err
	}
	return &brake{options: options}, nil
}

// run runs a session. What the end of ctx ended is ctx's cause.
func (b *brake) run(ctx context.Context, core *ort.DynamicAdvancedSession, in, out []ort.Value) error {
	if err := b.tie(ctx); err != nil {
		return err
	}
	err := core.RunWithOptions(in, out, b.options)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (b *brake) tie(ctx context.Context) error {
	if b.ctx == ctx {
		return nil
	}
	if err := b.release(); err != nil {
		return err
	}
	pulled := make(chan struct{})
	b.ctx, b.pulled = ctx, pulled
	b.untie = context.AfterFunc(ctx, func() {
		defer close(pulled)
		_ = b.options.Terminate() // At worst the run ends by itself.
	})
	return nil
}

// release forgets the ctx of the last run.
func (b *brake) release() error {
	if b.ctx == nil {
		return nil
	}
	free := b.untie()
	b.ctx = nil
	if free {
		return nil
	}
	<-b.pulled
	return b.options.UnsetTerminate()
}

func (b *brake) close() {
	if b == nil {
		return
	}
	_ = b.release()
	_ = b.options.Destroy() // It never fails for options that were made.
}
