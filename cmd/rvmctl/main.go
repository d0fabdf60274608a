// Command rvmctl operates reverse vending machines.
package main

import (
	"os"

	"github.com/myrvm/rvmctl/internal/commands"
	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// Set by the linker; see the Makefile.
var version, commit, date string

func main() {
	os.Exit(commands.Main(toolbox.BuildVersion(version, commit, date), os.Args[1:]))
}
