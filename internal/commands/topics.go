package commands

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/config"
)

// topics are help pages without a command behind them: rvmctl help formatting, rvmctl help exit-codes.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "formatting", Short: "Output for people, pipes and programs: tables, TSV, JSON, jq, templates", Long: formattingHelp()},
		{Use: "exit-codes", Short: "Every exit code and what it means", Long: exitCodesHelp()},
		{Use: "environment", Short: "Settings, variables and files, and which one wins", Long: environmentHelp()},
	}
}

func formattingHelp() string {
	return `The result is on standard output, everything else on standard error; each looks for itself whether it is a terminal.

On a terminal it is an aligned table with a header, local times with their age, and colour by meaning. In a pipe it is TSV
without a header, nothing cut, times in RFC 3339 and UTC, no colour; the columns are in each command's help.

  --color auto|always|never   with NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM=dumb as elsewhere
  -q, --quiet                 nothing on success; what is asked for as JSON is written all the same

JSON, the same on a terminal (indented) and in a pipe (one object a line):

  --json                      the whole result; an error is an object on standard error, in its last line; warnings before it are text
  --json=total,deposits.id    only these fields, below a list of each of its items; mind the =
  --json=                     the fields that there are, with type and meaning; nothing is run
  rvmctl schema COMMAND       the same as a JSON Schema; "rvmctl schema error" for errors

Each object begins with schema_version. Within a version fields are only added: accept those that you do not know. Money and
weights are decimals as text, so that no digit is lost.

--jq EXPR takes the JSON, after --json=FIELDS if that is given, through the language of jq; jq itself is not needed. Text is
written as it is, everything else as JSON, each value on a line of its own. It sees no environment, no files and no modules.

  $ rvmctl deposit list --jq '.deposits[] | select(.status == "processing") | .id'
  $ rvmctl deposit list --jq '.deposits | map(.reward_amount | tonumber) | add'
  $ rvmctl deposit list --jq '.deposits[] | [.id, .status, .reward_amount] | @tsv'

--template TEXT takes it through a template of Go (https://pkg.go.dev/text/template). A field that is absent or null is empty;
a name that there is not is an error. Beside Go's own functions there are:

  json VALUE                  the value as JSON
  join SEPARATOR LIST         the items of a list with something between them
  tsv VALUE...                values with tabs between them
  timeago TIME                how long ago: 3 h ago

  $ rvmctl deposit show 7 --template '{{.id}} is {{.status}}, Rp {{.reward_amount}}'
  $ rvmctl deposit list --template '{{range .deposits}}{{tsv .id .status}}{{"\n"}}{{end}}'

Fields, jq and template are checked before the command does anything. One that fails on the result says that the work is done and
only the result was not written; it ends with 1. On a terminal, control characters in values are shown as \x1b and the like.`
}

func exitCodesHelp() string {
	var b strings.Builder
	b.WriteString("rvmctl ends with one of these codes, the same with and without --json:\n\n")
	for _, e := range ExitCodes() {
		fmt.Fprintf(&b, "  %-4d %-14s %s\n       %-14s %s\n", e.Code, e.Category, e.Meaning, "", e.Causes)
	}
	b.WriteString("\nCodes may be added: treat one that you do not know as a failure.")
	return b.String()
}

func environmentHelp() string {
	var b strings.Builder
	b.WriteString(`A setting is looked up in this order; the first that has it wins:

  1. the flag
  2. the variable RVMCTL_<FLAG>
  3. the profile's file    ~/.config/rvmctl/profiles/<profile>.yaml
  4. the user's file       ~/.config/rvmctl/config.yaml
  5. the system's file     /etc/rvmctl/config.yaml
  6. the default

The profile itself is looked up in the same way: --profile, then RVMCTL_PROFILE, then what rvmctl profile use has chosen
(the line "profile: NAME" in the user's file, or else in the system's), then the profile named default. A profile's own file
cannot choose. A profile that was named or chosen must exist, save for login, which makes it.

Settings (in a file, as a flag, as a variable, default):

`)
	for _, k := range config.Keys() {
		value := k.Default
		if value == "" {
			value = "none"
		}
		fmt.Fprintf(&b, "  %-26s --%-22s %-28s %s\n      %s\n", k.Name, k.Flag, k.Variable(), value, k.Help)
	}
	b.WriteString(`
The token is looked up in this order:

  1. RVMCTL_TOKEN_FILE               a file that only its owner can read
  2. $CREDENTIALS_DIRECTORY/rvmctl-token   a systemd credential
  3. RVMCTL_TOKEN                    the token itself
  4. ~/.config/rvmctl/tokens/<profile>.json   what rvmctl login saved

Secrets of a machine, each in a file that only its owner can read:

  RVMCTL_API_KEY_FILE         the API key, for rvmctl device claim
  RVMCTL_MACHINE_TOKEN_FILE   the machine token, for rvmctl device token check and revoke

Other variables:

  RVMCTL_CONFIG_DIR    the user's folder, instead of ~/.config/rvmctl
  RVMCTL_SYSTEM_DIR    the system's folder, instead of /etc/rvmctl
  RVMCTL_CACHE_DIR     the user's cache, instead of ~/.cache/rvmctl
  RVMCTL_STATE_DIR     what waits for the platform, instead of ~/.local/state/rvmctl
  RVMCTL_DATA_DIR      models, instead of ~/.local/share/rvmctl
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM   decide about colour, with --color`)
	return b.String()
}
