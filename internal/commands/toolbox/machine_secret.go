package toolbox

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
)

// MachineSecret is where a command finds a secret of a machine: a file, standard input, a variable that names a file, or the
// prompt. There is no flag that takes the secret itself, since other users of a machine can read command lines.
type MachineSecret struct {
	// What names the secret for people: "api key". Flag is the beginning of its flags' names: "key". Variable names its file.
	What, Flag, Variable string

	file  string
	stdin bool
}

// Flags adds --<flag>-file and --<flag>-stdin.
func (m *MachineSecret) Flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&m.file, m.Flag+"-file", "", "`FILE` whose first line is the "+m.What+" ("+m.Variable+")")
	cmd.Flags().BoolVar(&m.stdin, m.Flag+"-stdin", false, "read the "+m.What+" from standard input")
}

// Read gives the secret: from the flags, then the variable, then a prompt without echo.
func (b *Box) Read(m *MachineSecret) (platform.Secret, error) {
	stdinFlag := "--" + m.Flag + "-stdin"
	file := m.file
	if file == "" && !m.stdin {
		file = os.Getenv(m.Variable)
	}
	var text string
	var err error
	switch {
	case m.file != "" && m.stdin:
		return platform.Secret{}, Usage("--"+m.Flag+"-file and "+stdinFlag+" both say where the "+m.What+" is", "give one of them")
	case file != "":
		text, err = config.ReadSecretFile(m.What, file)
	case m.stdin:
		text, err = b.Console.Secret("the "+m.What, stdinFlag)
	default:
		text, err = b.Console.Password("The "+m.What, "--"+m.Flag+"-file FILE, "+stdinFlag+" or "+m.Variable)
	}
	if err != nil {
		return platform.Secret{}, err
	}
	if text = strings.TrimSpace(text); text == "" {
		return platform.Secret{}, Usage("the "+m.What+" is empty", "name its file with --"+m.Flag+"-file FILE")
	}
	return platform.NewSecret(text), nil
}
