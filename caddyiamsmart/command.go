package caddyiamsmart

import (
	"fmt"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "iamsmart",
		Usage: "<command>",
		Short: "Checks and helps to set up the iAM Smart gate",
		CobraFunc: func(cmd *cobra.Command) {
			mustBeKnown(cmd).AddCommand(commands()...)
		},
	})
}

// mustBeKnown has a command that only holds others refuse one that it does not hold.
// Without it that would print the help, and be no error.
func mustBeKnown(cmd *cobra.Command) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("unknown command '%s'; see '%s --help'", printable(args[0]), cmd.CommandPath())
		}
		return cmd.Help()
	}
	return cmd
}

// commands are those below `caddy iamsmart`.
func commands() []*cobra.Command {
	return []*cobra.Command{checkCommand(), accountsCommand(), hkicCommand(), linksCommand(), requestsCommand(), bansCommand(), auditCommand(), headersCommand()}
}
