package caddyiamsmart

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	accountsfile "caddyiamsmart.example/caddyiamsmart/accounts/file"
	"caddyiamsmart.example/caddyiamsmart/linkup"
)

const (
	importPart    = 200 // lines that are sent at once
	importInVain  = 20  // lines in a row whose account cannot be read, before it is given up
	columnAccount = "account"
	columnHash    = "hkic_hash"
)

// linksImportCommand is `caddy iamsmart links import`.
func linksImportCommand() *cobra.Command {
	i := &importing{adminCaller: new(adminCaller)}
	cmd := i.command("import [--dry-run] [--take-back] [--yes] <file.csv>", "Says beforehand whose each account is", `
Reads a CSV file with the columns account and hkic_hash, as 'caddy iamsmart hkic
hash' makes it of a list with numbers; other columns are passed over, and lines
without a hash too. Whoever iAM Smart vouches for to have the number is linked to
the account at their first login, after one approval and without a further page,
within 180 days.

  caddy iamsmart links import --dry-run staff-hashed.csv
  caddy iamsmart links import staff-hashed.csv

What is wrong within the file is told by its lines, and nothing is sent. Then each
account is looked up, and those that are refused are listed with the reason. It is
safe to do again: what was taken before stays as it is.

With --take-back nobody is expected any more for any account of the file, whatever
its hashes are. Do that with a list that was wrong, and import the right one. Who was
linked by then stays so: see 'caddy iamsmart links list', and end it by 'links unlink'.

Exit status 3: some lines were refused, the others are done.`, cobra.ExactArgs(1),
		func(ctx context.Context, args []string) error {
			ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
			defer stop()
			return i.run(ctx, args[0])
		})
	cmd.Flags().BoolVar(&i.yes, "yes", false, "where the accounts cannot be looked up: the names are right as they stand, letter by letter")
	cmd.Flags().BoolVar(&i.Back, "take-back", false, "have nobody be expected any more for the accounts of the file")
	cmd.Flags().BoolVar(&i.DryRun, "dry-run", false, "look what would become of the lines, and change nothing")
	return cmd
}

// importing is one run of the command.
type importing struct {
	*adminCaller
	importReport

	Back   bool                // take back what was imported
	yes    bool                // the names are certain
	inVain int                 // lines in a row that could not be read
	taken  map[string]struct{} // accounts that a dry run would take
}

// importReport is what is printed.
type importReport struct {
	DryRun  bool          `json:"dry_run"`
	Lines   int           `json:"lines"` // of the file, with a hash
	Empty   int           `json:"without_hash"`
	Done    int           `json:"done"` // of the lines; fewer than all where it was broken off
	New     int           `json:"new"`
	Known   int           `json:"known"`
	Linked  int           `json:"linked"`
	Taken   int           `json:"taken_back"`
	Nobody  int           `json:"not_expected"`  // nothing was to be taken back
	Unread  int           `json:"not_looked_up"` // of those that were taken: no source can tell whether there is such an account
	Refused []refusedLine `json:"refused"`
}

type refusedLine struct {
	Line    int            `json:"line"` // of the file
	Account string         `json:"account"`
	Outcome linkup.Outcome `json:"outcome"`
	Cause   string         `json:"cause,omitempty"`
}

// listedAccount is a line of the file.
type listedAccount struct {
	line int
	importLine
}

func (i *importing) run(ctx context.Context, path string) error {
	all, err := i.read(path)
	if err != nil {
		return err
	}
	i.Lines, i.Refused, i.taken = len(all), []refusedLine{}, make(map[string]struct{})
	needsProfile, broken := i.send(ctx, all)
	if err := i.show(); err != nil {
		return err
	}
	if needsProfile && i.New > 0 {
		i.says(importNeedsProfile.of())
	}
	switch {
	case broken != nil && i.Done > 0 && !i.DryRun:
		i.says(importBroken.of(all[i.Done-1].line))
		return broken
	case broken != nil:
		return broken
	case len(i.Refused) > 0:
		return importRefused.found(len(i.Refused))
	}
	return nil
}

// send has the gate take the lines, one part after the other. What was done stays done
// where it ends with an error.
func (i *importing) send(ctx context.Context, all []listedAccount) (needsProfile bool, err error) {
	for i.Done < len(all) {
		part := all[i.Done:min(i.Done+importPart, len(all))]
		ask := importAsk{DryRun: i.DryRun, Back: i.Back, Certain: i.yes}
		for _, one := range part {
			ask.Lines = append(ask.Lines, one.importLine)
		}
		var answer importAnswer
		err := i.call(ctx, "links/import", ask, &answer)
		switch {
		case ctx.Err() != nil:
			return needsProfile, importStopped.fault()
		case err != nil:
			return needsProfile, err
		case len(answer.Lines) == 0 || len(answer.Lines) > len(part):
			return needsProfile, importOddAnswer.fault()
		}
		needsProfile = answer.NeedsProfile
		for n, got := range answer.Lines {
			i.count(part[n], got)
		}
		if i.inVain >= importInVain {
			return needsProfile, importInVainWords.fault(i.inVain)
		}
		if len(all) > importPart {
			i.says(importProgress.of(i.Done, len(all)))
		}
	}
	return needsProfile, nil
}

// count takes down what became of a line.
func (i *importing) count(one listedAccount, got importedLine) {
	i.Done++
	if got.Outcome == linkup.OutcomeUnreadable {
		i.inVain++
	} else {
		i.inVain = 0
	}
	if i.DryRun && got.Outcome == linkup.OutcomeNew { // where the gate cannot notice that two lines mean one account
		name := linkup.Fold(got.Account)
		if _, twice := i.taken[name]; twice {
			got.Outcome = linkup.OutcomeAccount
		}
		i.taken[name] = struct{}{}
	}
	if got.Outcome.Refused() {
		i.Refused = append(i.Refused, refusedLine{one.line, got.Account, got.Outcome, got.Cause})
		return
	}
	if got.Unread {
		i.Unread++
	}
	switch got.Outcome {
	case linkup.OutcomeNew:
		i.New++
	case linkup.OutcomeSame:
		i.Known++
	case linkup.OutcomeLinked:
		i.Linked++
	case linkup.OutcomeTaken:
		i.Taken++
	case linkup.OutcomeNobody:
		i.Nobody++
	}
}

func (i *importing) show() error {
	if i.asJSON {
		return i.print(i.importReport, nil)
	}
	if len(i.Refused) > 0 {
		err := i.print(nil, func(row func(...any)) {
			row(importLineHead, importAccountHead, importWhyHead)
			for _, r := range i.Refused {
				why, ok := importWhy[r.Outcome]
				switch {
				case !ok: // of a gate that is newer
					row(r.Line, r.Account, string(r.Outcome))
				case r.Cause != "":
					row(r.Line, r.Account, i.cell(why)+": "+r.Cause)
				default:
					row(r.Line, r.Account, why)
				}
			}
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(i.out)
	}
	summary := importSummary
	if i.DryRun {
		summary = importDrySummary
	}
	said := summary.of(i.New, i.Known, i.Linked, len(i.Refused), i.Empty)
	if i.Back {
		said = map[bool]phrase{false: importBackSummary, true: importBackDrySummary}[i.DryRun].of(i.Taken, i.Nobody, len(i.Refused), i.Empty)
	}
	fmt.Fprintln(i.out, said.in(i.language))
	if i.Unread > 0 && !i.Back {
		i.says(importUnread.of(i.Unread))
	}
	return nil
}

// read reads the file. Where something is wrong within it, all of that is told, by its
// lines and never by what stands there: it might be numbers.
func (i *importing) read(path string) ([]listedAccount, error) {
	if accounts.LooksLikeHKIC(path) {
		return nil, importOnLine.fault()
	}
	sheet, err := readSheet(path)
	if err != nil {
		return nil, importUnreadable.fault(printable(path), printable(err.Error()))
	}
	account, hash, err := importColumns(sheet.Columns)
	if err != nil {
		return nil, err
	}
	var all []listedAccount
	wrong := 0
	tell := func(s said) {
		i.says(s)
		wrong++
	}
	names, hashes := make(map[string]int), make(map[string]int)
	for _, row := range sheet.Rows {
		one := listedAccount{row.Line, importLine{Account: strings.TrimSpace(row.Fields[account]), HKICHash: strings.TrimSpace(row.Fields[hash])}}
		switch {
		case one.HKICHash == "":
			i.Empty++
			continue
		case !accounts.IsHKICHash(one.HKICHash) && accounts.LooksLikeHKIC(one.HKICHash):
			return nil, importClear.fault(row.Line)
		case !accounts.IsHKICHash(one.HKICHash):
			tell(importNoHash.of(row.Line))
		case one.Account == "":
			tell(importNoAccount.of(row.Line))
		}
		for _, same := range []struct {
			seen  map[string]int // value → the line in which it was first
			value string
			tells phrase
		}{{names, linkup.Fold(one.Account), importAccountTwice}, {hashes, one.HKICHash, importHashTwice}} {
			if first, twice := same.seen[same.value]; twice && same.value != "" {
				tell(same.tells.of(row.Line, first))
			} else {
				same.seen[same.value] = row.Line
			}
		}
		all = append(all, one)
	}
	switch {
	case wrong > 0:
		return nil, importWrong.fault(wrong)
	case len(all) == 0:
		return nil, importNothing.fault()
	}
	return all, nil
}

func readSheet(path string) (*accountsfile.Sheet, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, accountsfile.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	return accountsfile.ReadSheet(text)
}

// importColumns finds the two columns that count.
func importColumns(names []string) (account, hash int, err error) {
	places := make(map[string]int)
	for n, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := places[name]; twice && (name == columnAccount || name == columnHash) {
			return 0, 0, importColumnTwice.fault(name)
		}
		places[name] = n
	}
	account, ok := places[columnAccount]
	if !ok {
		return 0, 0, importNoColumn.fault()
	}
	if hash, ok = places[columnHash]; !ok {
		return 0, 0, importNoHashColumn.fault()
	}
	return account, hash, nil
}
