package caddyiamsmart

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"
)

// linksExportCommand is `caddy iamsmart links export`.
func linksExportCommand() *cobra.Command {
	c := new(adminCaller)
	return c.command("export", "Writes all links to standard output, as CSV or JSON", `
Writes who is linked to which account, for an audit: no openID and no number of an
identity card. A person is the pseudonym that applications see. A cell that a
spreadsheet would take for a formula begins with a '.

  caddy iamsmart links export > links.csv

Links cannot be put back from it; back up the store for that.`, cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			out := newExporter(c.out, c.asJSON, "number", "account", "display_name", "source", "way", "user_type", "person", "linked", "proved", "last_login", "altered")
			var page linksAsk
			for {
				var answer linksAnswer
				if err := c.call(ctx, "links/list", page, &answer); err != nil {
					return err
				}
				for _, l := range answer.Links {
					err := out.add(l, strconv.FormatInt(l.Number, 10), l.Account, l.DisplayName, l.Source, l.Way, l.UserType, l.Person,
						sheetTime(l.Linked), sheetTime(l.Proved), sheetTime(l.LastLogin), marked(l.Altered))
					if err != nil {
						return err
					}
				}
				if page.After = answer.Next; page.After == 0 {
					return out.end()
				}
				if err := out.flush(); err != nil {
					return err
				}
				c.says(adminSoFar.of(out.number))
			}
		})
}

func marked(yes bool) string {
	if yes {
		return "altered"
	}
	return ""
}
