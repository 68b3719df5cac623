package caddyiamsmart

import (
	"context"

	"github.com/spf13/cobra"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// bansCommand is `caddy iamsmart bans`.
func bansCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bans",
		Short: "Shows who has no tries left at a password, and gives them back",
	}
	mustBeKnown(cmd).AddCommand(bansListCommand(), bansLiftCommand())
	return cmd
}

// bansListCommand is `caddy iamsmart bans list`.
func bansListCommand() *cobra.Command {
	c := new(adminCaller)
	return c.command("list", "Lists persons and accounts that have no tries left", `
Persons are shown by the pseudonym that applications see. Of accounts the store
keeps keyed hashes of what was typed, and so no name; lift such a ban by its
reference, or by the name that somebody tells you.`, cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			var answer bansAnswer
			if err := c.call(ctx, "bans/list", struct{}{}, &answer); err != nil {
				return err
			}
			if len(answer.Bans) == 0 && !c.asJSON {
				c.says(bansNone.of())
				return nil
			}
			return c.print(answer.Bans, func(row func(...any)) {
				row(bansRefHead, bansWhoseHead, bansPersonHead, bansTriesHead, bansUntilHead)
				for _, b := range answer.Bans {
					row(b.Ref, bansWhose(b.Whose), b.Person, b.Tries, b.Until)
				}
			})
		})
}

// bansLiftCommand is `caddy iamsmart bans lift`.
func bansLiftCommand() *cobra.Command {
	c := new(adminCaller)
	var whose liftAsk
	cmd := c.command("lift <ref> | --account <name> | --person <pseudonym>", "Gives a person or an account all tries back", `
Takes the reference that 'caddy iamsmart bans list' shows, the name of an account in
any usual spelling, or the pseudonym of a person. Who has used up their tries at an
account may stand in the list twice, as a person and by the account: lift both.

  caddy iamsmart bans lift --account chan.sm`, cobra.MaximumNArgs(1),
		func(ctx context.Context, args []string) error {
			named := 0
			if len(args) > 0 {
				whose.Ref = args[0]
			}
			for _, name := range []string{whose.Ref, whose.Account, whose.Person} {
				if name != "" {
					named++
				}
			}
			if named != 1 {
				return bansNamed.fault()
			}
			var lifted ban
			if err := c.call(ctx, "bans/lift", whose, &lifted); err != nil {
				return err
			}
			if c.asJSON {
				return c.print(lifted, nil)
			}
			c.says(bansLifted.of(lifted.Ref, bansWhose(lifted.Whose)))
			return nil
		})
	cmd.Flags().StringVar(&whose.Account, "account", "", "the name of the account")
	cmd.Flags().StringVar(&whose.Person, "person", "", "the pseudonym of the person")
	return cmd
}

func bansWhose(scope store.Scope) phrase {
	if scope == store.OfPerson {
		return bansPerson
	}
	return bansAccount
}

// What the commands about bans say.
var (
	bansNone       = phrase{"Everybody has tries left.", "所有人均尚有嘗試次數。"}
	bansRefHead    = phrase{"REF", "編號"}
	bansWhoseHead  = phrase{"WHOSE", "對象"}
	bansPersonHead = phrase{"PERSON", "人士"}
	bansTriesHead  = phrase{"TRIES", "次數"}
	bansUntilHead  = phrase{"UNTIL", "直至"}
	bansPerson     = phrase{"person", "人士"}
	bansAccount    = phrase{"account", "帳戶"}
	bansNamed      = phrase{"Say whose ban it is: the reference of the list, or --account, or --person; one of them.", "請指明對象：名單上的編號，或 --account，或 --person，三者擇一。"}
	bansLifted     = phrase{"Lifted: %[1]s (%[2]s). All their tries are there again. A person and the account that they tried are two entries: if the list shows the other, lift that too.", "已解除：%[1]s（%[2]s）。嘗試次數已全部恢復。人士與其嘗試的帳戶是兩個項目：如列表仍有另一項，請一併解除。"}
)
