package caddyiamsmart

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

// linkCodeCommand is `caddy iamsmart links code`.
func linkCodeCommand() *cobra.Command {
	c := new(adminCaller)
	var how codePrinting
	cmd := c.command("code [--print] [--html <file>] <account>", "Makes a link code for who does not know their password", `
Makes a link code for an account: whoever brings it is its person, once and within
14 days. It is shown this once; an older code for the account is good no more. The
code alone goes to standard output; with --print it is a slip of paper in three
languages, with --html a page to print, in a new file that only you can read:

  caddy iamsmart links code chan.sm --html slip.html

Hand it to the person yourself, and delete the file once it is printed.`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error { return c.makeCode(ctx, args[0], how) })
	cmd.Flags().BoolVar(&how.slip, "print", false, "print the slip as text")
	cmd.Flags().StringVar(&how.html, "html", "", "write the slip as a page to print into this new file")
	cmd.Flags().BoolVar(&how.yes, "yes", false, "the name of the account is certain, where the accounts cannot be looked up")
	cmd.MarkFlagsMutuallyExclusive("print", "json")
	return cmd
}

// codePrinting is where a link code goes.
type codePrinting struct {
	slip bool
	html string
	yes  bool
}

func (c *adminCaller) makeCode(ctx context.Context, account string, how codePrinting) error {
	page, err := newPage(how.html) // before there is a code that could not be written
	if err != nil {
		return err
	}
	var made codeAnswer
	err = c.withAccount(ctx, account, account, how.yes, func(certain bool) error {
		return c.call(ctx, "links/code", codeAsk{account, certain}, &made)
	})
	if err != nil {
		page.drop()
		return err
	}
	slip := pages.Slip{
		Name: printable(made.DisplayName), Code: printable(made.Code), Address: printable(made.Address), Service: printable(made.Service), Valid: made.Expires,
	}
	if slip.Name == "" {
		slip.Name = printable(made.Account)
	}
	if err := page.write(slip); err != nil {
		page.drop()
		return codeUnwritten.fault(how.html, err)
	}
	switch {
	case c.asJSON:
		return c.print(made, nil)
	case how.slip:
		_, err = fmt.Fprint(c.out, pages.SlipText(slip))
	case how.html == "":
		_, err = fmt.Fprintln(c.out, slip.Code)
	}
	if err != nil {
		return err
	}
	if how.html != "" {
		c.says(codeInFile.of(how.html))
	}
	c.says(codeMade.of(made.Account, c.cell(made.Expires)))
	return nil
}

// slipPage is the file that a slip goes into; nil where none was asked for.
type slipPage struct{ file *os.File }

// newPage makes the file, which must not be there yet: another's would keep its mode.
func newPage(path string) (*slipPage, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, codeFileThere.fault(path)
	}
	if err != nil {
		return nil, codeNoFile.fault(path, err)
	}
	return &slipPage{file}, nil
}

func (p *slipPage) write(slip pages.Slip) error {
	if p == nil {
		return nil
	}
	return errors.Join(pages.WriteSlip(p.file, slip), p.file.Close())
}

// drop takes away the file that this command has made.
func (p *slipPage) drop() {
	if p != nil {
		_ = p.file.Close()
		_ = os.Remove(p.file.Name())
	}
}
