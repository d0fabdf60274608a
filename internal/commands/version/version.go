// Package version says which rvmctl this is and what it finds on this machine. It asks no network and reads no settings but
// the place of the runtime.
package version

import (
	"context"
	"errors"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// Options is what version needs.
type Options struct {
	Console *terminal.Console
	Version toolbox.Version
	// Runtime looks for the library and reads its version, without starting it.
	Runtime func() (path, version string, err error)
}

// Build is the result of version.
type Build struct {
	Version string  `json:"version" doc:"release of rvmctl, or what git describes"`
	Commit  string  `json:"commit,omitempty" doc:"hash of the source"`
	Date    string  `json:"date,omitempty" doc:"when the source was committed, RFC 3339"`
	Go      string  `json:"go" doc:"version of Go that built it"`
	OS      string  `json:"os" doc:"operating system it was built for"`
	Arch    string  `json:"arch" doc:"processor it was built for"`
	Build   string  `json:"build" doc:"standard, camera or portable"`
	Runtime Runtime `json:"onnxruntime" doc:"the inference library of this machine"`
}

// Runtime is what was found of ONNX Runtime.
type Runtime struct {
	Found   bool   `json:"found" doc:"true when a usable library was found"`
	Path    string `json:"path,omitempty" doc:"file of the library"`
	Version string `json:"version,omitempty" doc:"what the library says of itself"`
	Problem string `json:"problem,omitempty" doc:"why there is none, or why it cannot be used"`
}

// Text is one line for the program and one for the library.
func (b Build) Text(p *terminal.Page) {
	p.Line("rvmctl %s (%s) %s/%s, %s build, %s", b.Version, toolbox.Or(b.Commit, "commit unknown"), b.OS, b.Arch, b.Build, b.Go)
	if b.Runtime.Found {
		unused := ""
		if !onnx.Built() {
			unused = " (this build does not use it)"
		}
		p.Line("ONNX Runtime %s at %s%s", toolbox.Or(b.Runtime.Version, "of a version that its file does not tell"), b.Runtime.Path, unused)
		return
	}
	p.Line("ONNX Runtime: %s", b.Runtime.Problem)
}

// New makes the command; runF replaces the run in tests.
func New(box *toolbox.Box, runF func(context.Context, *Options) error) *cobra.Command {
	opts := &Options{Console: box.Console, Version: box.Version, Runtime: box.RuntimeVersion}
	if runF == nil {
		runF = run
	}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which rvmctl this is and which ONNX Runtime it finds",
		Long: `Say which rvmctl this is: release, source, build and the ONNX Runtime library it would use.

Nothing is asked over the network.

Exit status: 0, also when no library is found.`,
		Example: `  $ rvmctl version
  $ rvmctl version --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	return box.Returns(cmd, Build{})
}

func run(_ context.Context, o *Options) error {
	b := Build{
		Version: o.Version.Number, Commit: o.Version.Commit, Date: o.Version.Date,
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Build: level(),
	}
	path, version, err := o.Runtime()
	b.Runtime = Runtime{Found: err == nil, Path: path, Version: version}
	if err != nil {
		b.Runtime.Problem = err.Error()
		var refused *onnx.RuntimeError
		if errors.As(err, &refused) {
			b.Runtime.Path, b.Runtime.Version = refused.Path, refused.Found
		}
	}
	return o.Console.Emit(b)
}

// level names the build: with OpenCV, with inference, or without either.
func level() string {
	switch {
	case !onnx.Built():
		return "portable"
	case source.CameraBuild():
		return "camera"
	}
	return "standard"
}
