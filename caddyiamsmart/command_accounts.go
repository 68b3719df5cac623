package caddyiamsmart

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// accountsCommand is `caddy iamsmart accounts`.
func accountsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "Helps with the accounts of the application",
	}
	mustBeKnown(cmd).AddCommand(probeCommand())
	return cmd
}

// How `caddy iamsmart accounts probe` ends.
const (
	probeDone   = iota // the block is printed
	probeUsage         // called wrongly, no login given, or stopped
	probeUnfit         // accounts form cannot use this page, or no rules were found
	probeAbsent        // the application does not answer
)

// probeCommand is `caddy iamsmart accounts probe`.
func probeCommand() *cobra.Command {
	var options probeOptions
	cmd := &cobra.Command{
		Use:   "probe [--form <n> | --fields <user>,<password>] [--lang en|zh-HK] <url>",
		Short: "Looks at the application's login page and writes the 'accounts form' block for it",
		Long: `
Reads the application's login page as the gate would, lists its forms, asks
for one right login, and compares how the application answers that and two
wrong ones. It prints the 'accounts form' block for the Caddyfile to standard
output, after the form checker itself has said yes to the right login with it,
and no to the wrong ones. All else goes to standard error:

  caddy iamsmart accounts probe http://127.0.0.1:8080/login > block.txt

The login is asked for on the terminal, or read from standard input as two
lines, user name and password. It is never part of the command line, and never
printed. The right login is sent three times, and each of these visits logs out
again if the application offers a way. The wrong ones are made up: this user
name with a random password, and a random name; one of each, because the
application may count them.

It cannot work with a captcha, a login that script makes or sends, a second
factor, a form that is sent by GET or to another address, or HTTP Basic; it
says which of them it found.

Exit status: 0 the block is printed; 1 called wrongly, no login given, or
stopped; 2 'accounts form' cannot be used here, or no lasting rules were found;
3 the application does not answer.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			lang, err := languageOf(options.lang)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(contextOf(cmd), os.Interrupt, syscall.SIGTERM)
			defer stop()
			probing := &probing{
				probeOptions: options, language: lang,
				in: newPrompt(cmd.InOrStdin()), block: cmd.OutOrStdout(), talk: cmd.ErrOrStderr(),
			}
			return exitWith(cmd, probing.run(ctx, args[0]))
		},
	}
	cmd.Flags().IntVar(&options.form, "form", 0, "the number of the form, where the page has several that log in")
	cmd.Flags().StringSliceVar(&options.fields, "fields", nil, "the names of the fields for user name and password")
	cmd.Flags().StringVar(&options.lang, "lang", "", "en or zh-HK; default: the terminal's language")
	cmd.MarkFlagsMutuallyExclusive("form", "fields")
	return cmd
}

func contextOf(cmd *cobra.Command) context.Context {
	if ctx := cmd.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}

// exitWith ends a command that has said itself what there is to say.
func exitWith(cmd *cobra.Command, code int) error {
	cmd.SilenceErrors = true
	if code == 1 { // which Caddy's own way takes for success where there is no error
		return errors.New("exit status 1")
	}
	return caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return code, nil })(cmd, nil)
}
