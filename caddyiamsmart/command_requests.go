package caddyiamsmart

import (
	"context"

	"github.com/spf13/cobra"
)

// requestsCommand is `caddy iamsmart requests`.
func requestsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "requests",
		Short: "Shows and decides requests for accounts",
	}
	mustBeKnown(cmd).AddCommand(listRequestsCommand(), showRequestCommand(), approveRequestCommand(), refuseRequestCommand())
	return cmd
}

// listRequestsCommand is `caddy iamsmart requests list`.
func listRequestsCommand() *cobra.Command {
	c := new(adminCaller)
	var ask requestsAsk
	cmd := c.command("list [--all]", "Lists the requests for accounts that wait for a decision", `
Lists the requests that wait for a decision, the oldest first; with --all those of
the last 90 days that were decided, too.`,
		cobra.NoArgs, func(ctx context.Context, _ []string) error {
			requests, err := c.allRequests(ctx, ask)
			if err != nil {
				return err
			}
			return c.print(requests, func(row func(...any)) {
				if !ask.All { // what only decided ones have
					row(linkNumber, requestMade, requestExpires, linkPerson)
				} else {
					row(linkNumber, requestMade, requestExpires, linkPerson, requestState, requestDecided, requestBy, linkAccount, requestNote)
				}
				for _, r := range requests {
					if !ask.All {
						row(r.Number, r.Made, r.Expires, r.Person)
					} else {
						row(r.Number, r.Made, r.Expires, r.Person, requestStates[r.State], r.Decided, r.By, r.Account, r.Note)
					}
				}
			})
		})
	cmd.Flags().BoolVar(&ask.All, "all", false, "those that were decided, too")
	return cmd
}

// allRequests fetches the list in its parts.
func (c *adminCaller) allRequests(ctx context.Context, ask requestsAsk) ([]requestEntry, error) {
	requests := []requestEntry{}
	for {
		var part requestsAnswer
		if err := c.call(ctx, "requests/list", ask, &part); err != nil {
			return nil, err
		}
		requests = append(requests, part.Requests...)
		for _, r := range part.Requests {
			if r.Altered {
				c.says(requestAltered.of(r.Number))
			}
		}
		if part.Next <= ask.After {
			return requests, nil
		}
		ask.After = part.Next
		c.says(adminSoFar.of(len(requests)))
	}
}

// showRequestCommand is `caddy iamsmart requests show`.
func showRequestCommand() *cobra.Command {
	c := new(adminCaller)
	return c.command("show <number>", "Shows a request, with what the person filled in", `
Shows a request by its number, with what the person filled in until it is decided.
That they gave for the decision alone; that it was read is written down, too.`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			number, err := numbered(args[0])
			if err != nil {
				return err
			}
			var r requestDetail
			if err := c.call(ctx, "requests/show", numberAsk{number}, &r); err != nil {
				return err
			}
			return c.print(r, func(row func(...any)) {
				row(linkNumber, r.Number)
				row(requestState, requestStates[r.State])
				row(requestMade, r.Made)
				row(requestExpires, r.Expires)
				if !r.Decided.IsZero() {
					row(requestDecided, r.Decided)
					row(requestBy, r.By)
					row(linkAccount, r.Account)
					row(requestNote, r.Note)
				}
				row(linkPerson, r.Person)
				for _, f := range r.Form {
					row(requestFields[f.Field], f.Value)
				}
			})
		})
}

// approveRequestCommand is `caddy iamsmart requests approve`.
func approveRequestCommand() *cobra.Command {
	c := new(adminCaller)
	var note string
	var yes bool
	cmd := c.command("approve [--note <text>] <number> <account>", "Approves a request: links its person to an account", `
Links the person of a request to an account that you have opened in the application.
What they filled in is erased. Their next login leads into the application; a note
is kept beside the request.`,
		cobra.ExactArgs(2), func(ctx context.Context, args []string) error {
			number, err := numbered(args[0])
			if err != nil {
				return err
			}
			var approved approveAnswer
			err = c.withAccount(ctx, args[1], "request "+args[0]+", account "+args[1], yes, func(certain bool) error {
				return c.call(ctx, "requests/approve", approveAsk{number, args[1], certain, note}, &approved)
			})
			if err != nil {
				return err
			}
			if c.asJSON {
				return c.print(approved, nil)
			}
			c.says(requestIsApproved.of(number, approved.Link.Account, approved.Link.Number))
			return nil
		})
	cmd.Flags().StringVar(&note, "note", "", "what the person is told, at most 2048 bytes")
	cmd.Flags().BoolVar(&yes, "yes", false, "the name of the account is certain, where the accounts cannot be looked up")
	return cmd
}

// refuseRequestCommand is `caddy iamsmart requests refuse`.
func refuseRequestCommand() *cobra.Command {
	c := new(adminCaller)
	var note string
	cmd := c.command("refuse [--note <text>] <number>", "Refuses a request", `
Refuses a request. What the person filled in is erased. They are told at their next
login, with the note, and may ask again.`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			number, err := numbered(args[0])
			if err != nil {
				return err
			}
			var refused refuseAnswer
			if err := c.call(ctx, "requests/refuse", refuseAsk{number, note}, &refused); err != nil {
				return err
			}
			if c.asJSON {
				return c.print(refused, nil)
			}
			c.says(requestIsRefused.of(number))
			return nil
		})
	cmd.Flags().StringVar(&note, "note", "", "what the person is told, at most 2048 bytes")
	return cmd
}
