package model

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// ListOptions is what list needs.
type ListOptions struct {
	bench
	Config  func() (*config.Config, error)
	Store   func() toolbox.ModelStore
	Problem func(error) *toolbox.Problem
}

// Listed is one model of a list.
type Listed struct {
	Name   string           `json:"name" doc:"what it can be called"`
	Place  string           `json:"place" doc:"rvmctl (inside the program), user, system, or settings (a file elsewhere that the settings name)"`
	File   string           `json:"file,omitempty" doc:"path, absent for the model inside rvmctl"`
	InUse  bool             `json:"in_use" doc:"true for the one that the settings choose"`
	Size   int64            `json:"size_bytes" doc:"size of the file, 0 when it cannot be read"`
	SHA256 string           `json:"sha256" doc:"sum of the file, empty when it cannot be read"`
	Task   string           `json:"task" doc:"detect or segment, empty for what cannot be used"`
	Width  int              `json:"input_width" doc:"pixels"`
	Height int              `json:"input_height" doc:"pixels"`
	Labels int              `json:"labels" doc:"number of labels"`
	Error  *toolbox.Problem `json:"error,omitempty" doc:"why it cannot be used, absent when it can"`
}

// Listing is the result of list.
type Listing struct {
	Models []Listed `json:"models" doc:"the one inside rvmctl first, then the user's, then the machine's"`
	Folder string   `json:"folder" doc:"the user's folder, which model use fills; it may not exist yet"`
}

// Text is a table; in a pipe: name, * for the one in use, task, input, labels, bytes, sum, place, problem.
func (l Listing) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.Models))
	for _, m := range l.Models {
		used, input, problem := "", "", ""
		if m.InUse {
			used = "*"
		}
		if m.Width > 0 {
			input = size(m.Width, m.Height)
		}
		if m.Error != nil {
			problem = m.Error.Message
		}
		bytes, sum := toolbox.Number(m.Size), m.SHA256
		if p.ForPeople() {
			bytes, sum = mebibytes(m.Size), sum[:min(8, len(sum))]
		}
		rows = append(rows, []string{m.Name, used, m.Task, input, toolbox.Number(m.Labels), bytes, sum, m.Place, problem})
	}
	header := []string{"MODEL", "IN USE", "TASK", "INPUT", "LABELS", "SIZE", "SHA256", "PLACE", "PROBLEM"}
	if p.ForPeople() && !slices.ContainsFunc(l.Models, func(m Listed) bool { return m.Error != nil }) {
		// An empty column takes the room in which a name would fit, and the name is what is typed next.
		header = header[:len(header)-1]
		for i := range rows {
			rows[i] = rows[i][:len(header)]
		}
	}
	p.Table(header, rows)
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{bench: newBench(box), Config: box.Config, Store: box.ModelStore, Problem: box.Problem}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the models on this machine",
		Long: `List the models on this machine: the one inside rvmctl, those of your folder (~/.local/share/rvmctl/models), those of the
machine's (/usr/lib/rvmctl/models), and the file that the settings name. Each file is read completely, its sum is computed, and
what cannot be used is told with the reason. Nothing is loaded and no ONNX Runtime is needed.

In a pipe the columns are: name, * for the one in use, task, input, number of labels, bytes, sha256, place (rvmctl, user, system
or settings), problem.

Exit status: 0 listed, with what cannot be used among them, 10 the settings cannot be read.`,
		Example: `  $ rvmctl model list
  $ rvmctl model list --jq '.models[] | select(.in_use).sha256'`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	return box.Returns(cmd, Listing{})
}

func listRun(ctx context.Context, o *ListOptions) error {
	c, err := o.Config()
	if err != nil {
		return err
	}
	shipped, store := model.Default(), o.Store()
	used := c.Vision.Model
	if used != "" {
		if used, err = filepath.Abs(used); err != nil {
			return err
		}
	}
	l := Listing{Folder: store.User, Models: []Listed{o.describe(shipped.Name, "", "rvmctl", used == "")}}
	found := used == ""
	for _, file := range store.Files() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		here := same(file, used)
		found = found || here
		place := "system"
		if filepath.Dir(file) == store.User {
			place = "user"
		}
		l.Models = append(l.Models, o.describe(filepath.Base(file), file, place, here))
	}
	if !found {
		l.Models = append(l.Models, o.describe(filepath.Base(used), used, "settings", true))
	}
	return o.Console.Emit(l)
}

// same says whether two paths are one file.
func same(a, b string) bool {
	if a == b {
		return true
	}
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

// describe reads one model. The labels and the sum of the settings belong to the one in use, which no word names.
func (o *ListOptions) describe(name, file, place string, used bool) Listed {
	l := Listed{Name: name, File: file, Place: place, InUse: used}
	word := toolbox.Or(file, name)
	if used {
		word = ""
	}
	p, err := o.Pick(word)
	if err == nil {
		l.Size, l.SHA256 = int64(len(p.Model.Bytes)), p.Model.SHA256
		err = p.Check()
	}
	if err == nil {
		var labels []string
		if used {
			var options onnx.Options
			options, err = o.Options(p.Model, toolbox.Looking{})
			labels = options.Labels
		}
		if err == nil {
			err = l.recognise(p.Model, labels)
		}
	}
	l.Error = o.Problem(err)
	return l
}

func (l *Listed) recognise(m onnx.Model, labels []string) error {
	_, spec, err := onnx.Recognise(m, yolo.Options{Labels: labels})
	if err == nil {
		l.Task, l.Width, l.Height, l.Labels = spec.Task, spec.Width, spec.Height, spec.Classes
	}
	return err
}

// names are what models can be called.
func names(s toolbox.ModelStore) []string {
	all := []string{model.Default().Name}
	for _, file := range s.Files() {
		all = append(all, filepath.Base(file))
	}
	return all
}
