package device

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ClaimOptions is what claim needs: dependencies first, then flags.
type ClaimOptions struct {
	Console *terminal.Console
	Connect connect
	RVM     func() (int64, error)
	Key     secret

	Name, Timezone string
}

// Claimed is the result of claim.
type Claimed struct {
	RVMID          int64  `json:"rvm_id" doc:"number of the machine that this is"`
	Name           string `json:"name" doc:"its name on the platform"`
	Timezone       string `json:"timezone" doc:"its time zone on the platform, empty when none is set"`
	TimezoneOffset string `json:"timezone_offset" doc:"that zone's distance from UTC, such as +07:00, empty when none is set"`
}

// Text is one line; in a pipe: rvm, name, time zone, offset.
func (c Claimed) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(c.RVMID), c.Name, c.Timezone, c.TimezoneOffset)
		return
	}
	zone := "no time zone"
	if c.Timezone != "" {
		zone = "time zone " + c.Timezone + " (UTC" + c.TimezoneOffset + ")"
	}
	p.Text(p.Good("claimed"), ": this machine is rvm ", p.Strong(toolbox.Number(c.RVMID)), ", ", terminal.Clean(c.Name), p.Dim(", "+zone))
}

// NewClaim makes the command; runF replaces the run in tests.
func NewClaim(box *toolbox.Box, runF func(context.Context, *ClaimOptions) error) *cobra.Command {
	key := &toolbox.MachineSecret{What: "api key", Flag: "key", Variable: "RVMCTL_API_KEY_FILE"}
	opts := &ClaimOptions{Console: box.Console, Connect: box.Connect, RVM: box.RVM, Key: read(box, key)}
	if runF == nil {
		runF = claimRun
	}
	cmd := &cobra.Command{
		Use:   "claim",
		Short: "Prove with its API key which machine this is",
		Long: `Prove to the platform, with the machine's API key, that this is the machine of a number. Nobody needs to be signed in.

The key comes from the first line of a file that only you can read, from standard input, from the file that
RVMCTL_API_KEY_FILE names, or from a prompt without echo. It travels in a header and is never shown.

--name and --timezone are stored. Platform builds differ: most rename the machine, some keep the name apart. A name of a time
zone that the platform does not know becomes UTC there, and rvmctl says so. Claiming again does no harm.

Exit status: 0 claimed, 1 the outcome is unknown, 2 usage, 4 the key is refused, 5 platform away, 6 refused, 7 the file or the
endpoint is missing, 10 others can read the file.`,
		Example: `  $ rvmctl rvm show 1 --show-secrets --jq .api_key | rvmctl device claim --rvm 1 --key-stdin
  $ rvmctl rvm show 1 --show-secrets --jq .api_key | rvmctl device claim --rvm 1 --key-stdin --timezone Asia/Jakarta`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkZone(opts.Timezone); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.Name, "name", "", "`NAME` of the machine, stored by the platform")
	cmd.Flags().StringVar(&opts.Timezone, "timezone", "", "`ZONE` of the machine such as Asia/Jakarta, stored by the platform")
	key.Flags(cmd)
	toolbox.SentAtOnce(cmd, "the identity that it gives is needed now")
	return box.Returns(cmd, Claimed{})
}

func claimRun(ctx context.Context, o *ClaimOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	claim := platform.Claim{RVMID: rvm, DeviceName: o.Name, Timezone: o.Timezone}
	if err := claim.Validate(); err != nil {
		return err
	}
	client, err := o.Connect("")
	if err != nil {
		return err
	}
	key, err := o.Key()
	if err != nil {
		return err
	}
	done, err := client.Devices.Claim(ctx, key, claim)
	if err != nil {
		return err
	}
	if here := offset(o.Timezone, o.Console.Now()); here != "" && done.TimezoneOffset != here {
		o.Console.Warn("the platform takes %s for UTC%s, here it is UTC%s", done.Timezone, done.TimezoneOffset, here)
	}
	return o.Console.Emit(Claimed{done.RVMID, done.Name, done.Timezone, done.TimezoneOffset})
}

// checkZone refuses a name that is no time zone, where this machine can tell: the platform would take it for UTC without a word.
func checkZone(name string) error {
	if zoneKnown(name) && name != "Local" || !zoneKnown("Asia/Jakarta") {
		return nil
	}
	return toolbox.Usage("--timezone "+name+" is no time zone", "for example: --timezone Asia/Jakarta")
}

func zoneKnown(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil
}

// offset is the zone's distance from UTC at a moment, "" without a zone or where this machine does not know it.
func offset(name string, at time.Time) string {
	zone, err := time.LoadLocation(name)
	if name == "" || err != nil {
		return ""
	}
	return at.In(zone).Format("-07:00")
}
