package caddyiamsmart

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "iamsmart",
		Usage: "<command>",
		Short: "Checks and helps to set up the iAM Smart gate",
		CobraFunc: func(cmd *cobra.Command) {
			cmd.AddCommand(commands()...)
		},
	})
}

// commands are those below `caddy iamsmart`.
func commands() []*cobra.Command {
	return []*cobra.Command{checkCommand(), accountsCommand(), hkicCommand(), linksCommand(), requestsCommand(), bansCommand(), auditCommand()}
}
