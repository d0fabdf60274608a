package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// output is what the caller wants of the result.
type output struct {
	json         jsonFlag
	jq, template string
}

// jsonFlag is --json: the whole document; --json=FIELD,FIELD: those fields; --json= : the list of the fields.
type jsonFlag struct {
	asked, lists bool
	fields       string
}

// everyField stands for --json alone, and is the word that help shows for its value.
const everyField = "FIELDS"

// Set reads what follows the equals sign.
func (j *jsonFlag) Set(value string) error {
	*j = jsonFlag{}
	switch value {
	case "false":
	case everyField, "true":
		j.asked = true
	case "":
		j.lists = true
	default:
		j.asked, j.fields = true, value
	}
	return nil
}

func (j *jsonFlag) String() string { return j.fields }

// Type has no word of its own: see everyField.
func (j *jsonFlag) Type() string { return "" }

func (o *output) addFlags(root *cobra.Command, box *toolbox.Box) {
	f := root.PersistentFlags()
	f.Var(&o.json, "json", "write JSON, errors too; =FIELD,FIELD picks fields, = alone lists them")
	f.Lookup("json").NoOptDefVal = everyField
	f.StringVar(&o.jq, "jq", "", "write what `EXPR` of jq makes of the JSON")
	f.StringVar(&o.template, "template", "", "write what the Go template `TEXT` makes of the JSON")
	_ = root.RegisterFlagCompletionFunc("json", func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return completeFields(box.Result(cmd), typed), cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	})
	for _, flag := range []string{"jq", "template"} {
		_ = root.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions)
	}
}

// completeFields offers the fields behind the last comma.
func completeFields(result terminal.View, typed string) (words []string) {
	if result == nil {
		return nil
	}
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	for _, p := range terminal.TypeOf(result).Paths() {
		words = append(words, before+strings.ReplaceAll(p.Path, "[]", "")+"\t"+p.Doc)
	}
	return words
}

// shaped says that something but the whole document is wanted.
func (o *output) shaped() bool {
	return o.json.fields != "" || o.json.lists || o.jq != "" || o.template != ""
}

// prepare reads everything that was asked of the output, before the command does anything.
func (o *output) prepare(box *toolbox.Box, cmd *cobra.Command) error {
	if !o.shaped() {
		return nil
	}
	result := box.Result(cmd)
	if result == nil {
		return toolbox.Usage(cmd.CommandPath()+" has no JSON result", "type: rvmctl schema")
	}
	if o.jq != "" && o.template != "" {
		return toolbox.Usage("--jq and --template are both given", "leave one of them out")
	}
	if o.json.lists {
		return o.checkListing()
	}
	shape := terminal.Shape{Begin: func() context.Context {
		// The clock of --timeout starts with the settings; a command without any has not read them.
		_, _ = box.Config()
		return cmd.Context()
	}}
	document := terminal.DocumentOf(result)
	err := o.selection(&shape, cmd, document)
	if err == nil {
		err = o.expression(&shape, box, document)
	}
	box.Console.Shape(shape)
	return err
}

func (o *output) checkListing() error {
	if o.jq != "" || o.template != "" {
		return toolbox.Usage("--json= lists the fields and runs nothing", "name fields after it, as in --json=id, or leave the = out")
	}
	return nil
}

func (o *output) selection(shape *terminal.Shape, cmd *cobra.Command, document terminal.Type) (err error) {
	if o.json.fields == "" {
		return nil
	}
	shape.Fields, err = document.Select(o.json.fields)
	var unknown *terminal.FieldError
	if errors.As(err, &unknown) {
		fact := fmt.Sprintf("%s has no field %q", cmd.CommandPath(), unknown.Field)
		if unknown.Field == "" {
			fact = fmt.Sprintf("--json=%s has a field without a name", o.json.fields)
		}
		return toolbox.Usage(fact, "one of: "+strings.Join(unknown.Known, ", "))
	}
	return err
}

func (o *output) expression(shape *terminal.Shape, box *toolbox.Box, document terminal.Type) error {
	var err error
	switch {
	case o.jq != "":
		shape.Expression, err = terminal.ParseQuery(o.jq)
	case o.template != "":
		shape.Expression, err = terminal.ParseTemplate(o.template, shape.Fields.Of(document), box.Console.Now)
	}
	if err != nil {
		return toolbox.Usage(err.Error(), "type: rvmctl help formatting")
	}
	return nil
}

// wrap lets --json= list the fields in place of the command, whatever its arguments are.
func (o *output) wrap(box *toolbox.Box, cmd *cobra.Command) {
	result, check, run := box.Result(cmd), cmd.Args, cmd.RunE
	if result == nil || run == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if o.json.lists || check == nil {
			return nil
		}
		return equalsSign(check(cmd, args), o, result, args)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if o.json.lists {
			return box.Console.Emit(fieldList{terminal.DocumentOf(result).Paths()})
		}
		return run(cmd, args)
	}
}

// equalsSign helps who typed --json id in place of --json=id: the field has become an argument too many.
func equalsSign(err error, o *output, result terminal.View, args []string) error {
	var usage *toolbox.UsageError
	if !o.json.asked || !errors.As(err, &usage) {
		return err
	}
	for _, arg := range args {
		if _, unknown := terminal.DocumentOf(result).Select(arg); unknown == nil {
			return toolbox.Usage(usage.Fact, "fields follow an equals sign: --json="+arg)
		}
	}
	return err
}

// fieldList is what --json= writes.
type fieldList struct{ paths []terminal.Path }

// Text is a table; in a pipe: field, type, meaning.
func (l fieldList) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.paths))
	for _, f := range l.paths {
		rows = append(rows, []string{f.Path, f.Kind, f.Doc})
	}
	p.Glossary([]string{"FIELD", "TYPE", "MEANING"}, rows)
}
