package caddyiamsmart

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"
)

// headersCommand is `caddy iamsmart headers`.
func headersCommand() *cobra.Command {
	c := new(adminCaller)
	var ask headersAsk
	var echo bool
	var listen string
	cmd := c.command("headers --account <name> [--path <path>] | --echo [--listen <address>]", "Shows what the application is told of an account", `
Prints the headers that the gate would send to the application for an account, the
faults for which it would refuse the request, and the names that are taken away from
what clients send. What only a login knows is made up and marked as an example.

With --echo it speaks to no Caddy, but plays the application: it shows every request
that arrives, as it arrived. Point the reverse_proxy behind the gate at it.

  caddy iamsmart headers --account chan.sm --path /reports/1
  caddy iamsmart headers --echo --listen 127.0.0.1:8099`, cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			if echo == (ask.Account != "") {
				return headersNamed.fault()
			}
			if echo {
				return c.echo(ctx, listen)
			}
			var answer headersAnswer
			if err := c.call(ctx, "headers", ask, &answer); err != nil {
				return err
			}
			return c.printHeaders(answer)
		})
	cmd.Flags().StringVar(&ask.Account, "account", "", "the name of the account")
	cmd.Flags().StringVar(&ask.Path, "path", "/", "the path that is asked for, as in an address")
	cmd.Flags().BoolVar(&echo, "echo", false, "play the application, and show what arrives")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8099", "where --echo listens")
	return cmd
}

func (c *adminCaller) printHeaders(answer headersAnswer) error {
	faults := 0
	for _, who := range answer.People {
		faults += len(who.Faults)
	}
	if c.asJSON {
		if err := c.print(answer, nil); err != nil {
			return err
		}
	} else if err := c.tellHeaders(answer); err != nil {
		return err
	}
	if faults > 0 {
		return headersFaulty.found(faults)
	}
	return nil
}

func (c *adminCaller) tellHeaders(answer headersAnswer) error {
	if !answer.LookedUp {
		c.says(headersNotLooked.of(answer.Account))
	}
	if !answer.Certain {
		c.says(headersDoubt.of(answer.Path))
	}
	for _, who := range answer.People {
		if who.Person == "" {
			c.says(headersNobody.of(answer.Account))
		} else {
			c.says(headersPerson.of(answer.Account, who.Person, linkStandings[who.Standing]))
		}
		err := c.print(answer, func(row func(...any)) {
			row(headersNameHead, headersValueHead, headersBytesHead, headersNoteHead)
			for _, h := range who.Headers {
				var note any = ""
				if h.Example {
					note = headersExample
				}
				row(h.Name, h.Value, h.Hex, note)
			}
			if a := who.Assertion; a != nil {
				claims, err := json.Marshal(a.Claims)
				if err != nil {
					claims = nil // what came as JSON goes as JSON
				}
				row(a.Header, string(claims), "", headersSigned)
			}
			for _, name := range who.Absent {
				row(name, "", "", headersAbsent)
			}
			for _, f := range who.Faults {
				row(f.Name, "", "", headersRefused.of(f.Reason))
			}
		})
		if err != nil {
			return err
		}
	}
	c.says(headersRemoved.of(strings.Join(answer.Removed, ", ")))
	return nil
}
