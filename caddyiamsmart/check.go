package caddyiamsmart

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"
)

// Exit codes of `caddy iamsmart check`. Caddy itself uses 1 to 3.
const (
	exitGood     = caddy.ExitCodeSuccess
	exitNoLoad   = caddy.ExitCodeFailedStartup
	exitWarnings = 4
	exitFaults   = 5
)

// reportWithin bounds a whole check.
const reportWithin = time.Minute

func checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [--config <path>] [--adapter <name>] [--envfile <path>] [--lang en|zh-HK]",
		Short: "Tells what is wrong with a configuration of the gate, and how to mend it",
		Long: `
Loads and provisions the configuration as 'caddy validate' does, without starting
it and without a running server, and then looks at what that does not see: the
encipherment certificates, the clock, the way to iAM Smart, the store and its root
key, the addresses to register in the portal, the rules of the login form, every
way by which a request could come to the application round the gate, and options
that weaken it. It changes nothing.

Run it as the user that runs Caddy, with the same environment variables.

The form rules are tried with a random name and a random password; the application
may write down one failed login.

Exit codes:
  0  everything is in order
  1  the configuration does not load
  4  there are warnings
  5  there are faults
`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringP("config", "c", "", "Input configuration file")
	cmd.Flags().StringP("adapter", "a", "", "Name of config adapter")
	cmd.Flags().StringSliceP("envfile", "", []string{}, "Environment file(s) to load")
	cmd.Flags().StringP("lang", "", "", "Language of the report: en or zh-HK (default: as the environment says)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cmd.SilenceErrors = true
		// What Caddy logs while it loads is for who has to find out why it does not.
		_, log, _ := caddy.BufferedLog()
		defer caddy.UnbufferDefaultLogger(log)
		return caddycmd.WrapCommandFuncForCobra(func(flags caddycmd.Flags) (int, error) {
			code, err := runCheck(flags, os.Stdout)
			if err != nil && !caddy.Log().Core().Enabled(zapcore.ErrorLevel) { // silenced by then
				log.Error(err.Error())
			}
			return code, err
		})(cmd, args)
	}
	return cmd
}

func runCheck(flags caddycmd.Flags, out io.Writer) (int, error) {
	l, err := languageOf(flags.String("lang"))
	if err != nil {
		return exitNoLoad, err
	}
	envfiles, err := flags.GetStringSlice("envfile")
	if err != nil {
		return exitNoLoad, fmt.Errorf("reading envfile flag: %w", err)
	}
	c, err := loadChecked(flags.String("config"), flags.String("adapter"), envfiles)
	if err != nil {
		return exitNoLoad, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), reportWithin)
	defer cancel()
	return c.report(ctx, newReport(l, out), thisMachine(ctx))
}

// report goes through all there is to look at. What takes time is begun first.
func (c *checked) report(ctx context.Context, r *report, m machine) (int, error) {
	gates, err := c.standings()
	if err != nil {
		return exitNoLoad, err
	}
	options, err := c.checkOptions(gates)
	if err != nil {
		return exitNoLoad, err
	}
	parts := []part{options}
	for _, name := range slices.Sorted(maps.Keys(c.app.Realms)) {
		parts = append(parts, c.checkRealm(ctx, name))
	}
	stored, sight := c.checkStore(ctx)
	parts = append(parts, stored)
	for _, gate := range gates {
		parts = append(parts, gate.check(ctx, sight))
	}
	parts = append(parts, checkWays(ctx, c.plan, gates, m))
	for _, p := range parts {
		r.write(p)
	}
	return r.end(), nil
}

// identityPlaceholder is one of a header's template.
var identityPlaceholder = regexp.MustCompile(`\{iamsmart\.[^{}]*\}`)
