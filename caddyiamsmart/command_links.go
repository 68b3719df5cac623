package caddyiamsmart

import (
	"context"

	"github.com/spf13/cobra"
)

// linksCommand is `caddy iamsmart links`.
func linksCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "links",
		Short: "Shows, ends and imports links between people and accounts, and makes link codes",
	}
	mustBeKnown(cmd).AddCommand(listLinksCommand(), showLinkCommand(), unlinkCommand(), linkCodeCommand(), linksImportCommand(), linksExportCommand())
	return cmd
}

// listLinksCommand is `caddy iamsmart links list`.
func listLinksCommand() *cobra.Command {
	c := new(adminCaller)
	var ask linksAsk
	cmd := c.command("list [--account <name>] [--source <kind>]", "Lists who is linked to which account", `
Lists links, the oldest first: whose account it is, from which accounts, how and
when it was proven, and when its person last logged in. A person is shown as the
pseudonym that the application may see.`,
		cobra.NoArgs, func(ctx context.Context, _ []string) error {
			links, err := c.allLinks(ctx, ask)
			if err != nil {
				return err
			}
			return c.print(links, func(row func(...any)) {
				row(linkNumber, linkAccount, linkName, linkSource, linkWay, linkSince, linkProved, linkLastLogin, linkPerson)
				for _, l := range links {
					row(l.Number, l.Account, l.DisplayName, l.Source, l.Way, l.Linked, l.Proved, l.LastLogin, l.Person)
				}
			})
		})
	cmd.Flags().StringVar(&ask.Account, "account", "", "only links to this account")
	cmd.Flags().StringVar(&ask.Source, "source", "", "only links to accounts from there, such as form or 'sql 2'")
	return cmd
}

// allLinks fetches the list in its parts.
func (c *adminCaller) allLinks(ctx context.Context, ask linksAsk) ([]linkEntry, error) {
	links := []linkEntry{}
	for {
		var part linksAnswer
		if err := c.call(ctx, "links/list", ask, &part); err != nil {
			return nil, err
		}
		links = append(links, part.Links...)
		for _, l := range part.Links {
			if l.Altered {
				c.says(linkAltered.of(l.Number))
			}
		}
		if part.Next <= ask.After {
			return links, nil
		}
		ask.After = part.Next
		c.says(adminSoFar.of(len(links)))
	}
}

// showLinkCommand is `caddy iamsmart links show`.
func showLinkCommand() *cobra.Command {
	c := new(adminCaller)
	return c.command("show <number>", "Shows one link, and what it is worth now", `
Shows a link by its number, asks the accounts what it is worth now, and lists the
last logins.`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			link, err := c.link(ctx, args[0])
			if err != nil {
				return err
			}
			return c.print(link, func(row func(...any)) { c.linkRows(row, link) })
		})
}

func (c *adminCaller) link(ctx context.Context, arg string) (link linkDetail, err error) {
	number, err := numbered(arg)
	if err == nil {
		err = c.call(ctx, "links/show", numberAsk{number}, &link)
	}
	return link, err
}

func (c *adminCaller) linkRows(row func(...any), l linkDetail) {
	row(linkNumber, l.Number)
	row(linkAccount, l.Account)
	row(linkName, l.DisplayName)
	row(linkSource, l.Source)
	row(linkWay, l.Way)
	row(linkSince, l.Linked)
	row(linkProved, l.Proved)
	row(linkPerson, l.Person)
	row(linkStanding, linkStandings[l.Standing])
	for i, at := range l.Logins {
		if i == 0 {
			row(linkLogins, at)
		} else {
			row(phrase{}, at)
		}
	}
}

// unlinkCommand is `caddy iamsmart links unlink`.
func unlinkCommand() *cobra.Command {
	c := new(adminCaller)
	var yes bool
	cmd := c.command("unlink [--yes] <number>", "Ends a link, and every login by it", `
Ends a link by its number. Whoever is logged in by it is out at once. The person
may link again; anybody else gets the account by a link code or a request only.`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			link, err := c.link(ctx, args[0])
			if err != nil {
				return err
			}
			if err := c.confirm(ctx, yes, linkEnding.of(link.Number, link.Account, link.Person)); err != nil {
				return err
			}
			var ended linkEntry
			if err := c.call(ctx, "links/unlink", numberAsk{link.Number}, &ended); err != nil {
				return err
			}
			if c.asJSON {
				return c.print(ended, nil)
			}
			c.says(linkEnded.of(ended.Number, ended.Account))
			return nil
		})
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask whether that is meant")
	return cmd
}
