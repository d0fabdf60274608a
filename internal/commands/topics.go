package commands

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/config"
)

// topics are help pages without a command behind them: rvmctl help exit-codes, rvmctl help environment.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "Every exit code and what it means", Long: exitCodesHelp()},
		{Use: "environment", Short: "Settings, variables and files, and which one wins", Long: environmentHelp()},
	}
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

Other variables:

  RVMCTL_PROFILE       the profile to use when --profile is not given
  RVMCTL_CONFIG_DIR    the user's folder, instead of ~/.config/rvmctl
  RVMCTL_SYSTEM_DIR    the system's folder, instead of /etc/rvmctl
  RVMCTL_CACHE_DIR     the user's cache, instead of ~/.cache/rvmctl
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM   decide about colour, with --color`)
	return b.String()
}
