package caddyiamsmart

import "github.com/spf13/cobra"

// linksCommand is `caddy iamsmart links`.
func linksCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "links",
		Short: "Works on the links between persons and accounts",
	}
	cmd.AddCommand(linksImportCommand(), linksExportCommand())
	return cmd
}
