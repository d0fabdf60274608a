package toolbox

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/terminal"
)

// Runnable lists every command that does something, in the order of help: no nouns, no topics, no help.
func Runnable(cmd *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for _, c := range cmd.Commands() {
		switch {
		case c.Name() == "help" || c.Name() == "completion" || c.Hidden || c.IsAdditionalHelpTopicCommand():
		case c.HasSubCommands():
			list = append(list, Runnable(c)...)
		default:
			list = append(list, c)
		}
	}
	return list
}

// Document is a kind of JSON document that rvmctl writes.
type Document struct {
	// Name is the command without the program's name, or "error"; Summary what it does.
	Name, Summary string
	// Type is what the document holds.
	Type terminal.Type
}

// Schema describes the document as a JSON Schema.
func (d Document) Schema() terminal.Schema {
	title := "rvmctl " + d.Name
	if d.Name == errorDocument {
		title = "an error of rvmctl"
	}
	return terminal.SchemaOf(d.Type, title, d.Summary)
}

// errorDocument names what every command writes when it fails.
const errorDocument = "error"

// Documents lists what is written with --json: the error first, then what each command has said in Returns.
func (b *Box) Documents(root *cobra.Command) []Document {
	list := []Document{{errorDocument, "What every command writes to stderr when it fails", terminal.TypeOf(terminal.ErrorDocument{})}}
	for _, cmd := range Runnable(root) {
		if result := b.Result(cmd); result != nil {
			name := strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")
			list = append(list, Document{name, cmd.Short, terminal.DocumentOf(result)})
		}
	}
	return list
}
