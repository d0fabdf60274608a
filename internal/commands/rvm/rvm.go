// Package rvm lists, shows, creates, changes and deletes the machines of the platform. It refuses to know how a machine is
// looked after: maintenance and remote access are nouns of their own.
package rvm

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// Outcomes of the commands that change a machine.
const (
	updated   = "updated"
	unchanged = "unchanged"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("rvm", "Manage the machines of the platform",
		`An rvm is a reverse vending machine as the platform knows it. Its commands need a role; its API key and PIN are shown only
with --show-secrets.`,
		NewList(box, nil), NewShow(box, nil), NewStats(box, nil), NewCreate(box, nil), NewUpdate(box, nil), NewSetStatus(box, nil),
		NewRegenerateKey(box, nil), NewDelete(box, nil))
}

// client is what these commands ask of the platform.
type client func() (*platform.Client, error)

// ident reads the only argument of most of these commands.
func ident(word string) (int64, error) { return toolbox.ID("rvm", word) }

// theNumber is what that argument stands for.
const theNumber = "the number of the rvm"

// described is a machine in one line, for questions and answers.
func described(p *terminal.Page, id int64, name, status string) string {
	return strings.Join([]string{"rvm " + p.Strong(toolbox.Number(id)), terminal.Clean(name), terminal.Clean(status)}, p.Dim(" · "))
}
