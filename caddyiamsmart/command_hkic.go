package caddyiamsmart

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	accountsfile "caddyiamsmart.example/caddyiamsmart/accounts/file"
	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// hkicCommand is `caddy iamsmart hkic`.
func hkicCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hkic",
		Short: "Helps with numbers of identity cards",
	}
	mustBeKnown(cmd).AddCommand(hkicHashCommand())
	return cmd
}

// hkicHashCommand is `caddy iamsmart hkic hash`.
func hkicHashCommand() *cobra.Command {
	var key, column, lang string
	cmd := &cobra.Command{
		Use:   "hash [--key <file>] [--column <name>] [--lang en|zh-HK] [<in.csv>]",
		Short: "Makes keyed hashes of numbers of identity cards, for 'accounts file'",
		Long: `
Makes of each number the hash under which 'accounts file' knows it. With a CSV
file, the column of numbers becomes the column hkic_hash, and the whole is
printed to standard output; without, numbers are read from standard input, one a
line, and their hashes printed, one a line:

  caddy iamsmart hkic hash staff.csv > staff-hashed.csv

The hashes hold for the gates that use the same root key. Numbers are never part
of the command line and are never printed. What may be a typing error is told on
standard error with its line, and hashed all the same: the check digit does not
fit or is missing, the number is of another form, or stands there twice.
Delete the file with the numbers when you are done.

Exit status: 0 all hashes are printed; 1 nothing is.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			language, err := languageOf(lang)
			if err != nil {
				return err
			}
			h := &hkicHashing{
				column: column, language: language, in: cmd.InOrStdin(), talk: cmd.ErrOrStderr(), seen: make(map[string]int),
			}
			var out bytes.Buffer
			if problem := h.run(key, args, &out); problem != nil {
				h.says(*problem)
				return exitWith(cmd, 1)
			}
			if _, err := cmd.OutOrStdout().Write(out.Bytes()); err != nil {
				return err
			}
			h.says(hkicSummary.of(h.hashed, h.suspicious, h.empty))
			return nil
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "the file of the root key; default: where the gate makes it if nothing else is configured")
	cmd.Flags().StringVar(&column, "column", "hkic", "the column of the CSV file that holds the numbers")
	cmd.Flags().StringVar(&lang, "lang", "", "en or zh-HK; default: the terminal's language")
	return cmd
}

// hkicHashing is one run of the command.
type hkicHashing struct {
	column   string
	language language
	in       io.Reader
	talk     io.Writer

	key                       store.HKICKey
	seen                      map[string]int // hash → the line in which it was first
	hashed, suspicious, empty int
}

func (h *hkicHashing) says(s said) { fmt.Fprintln(h.talk, s.in(h.language)) }

// run writes what is asked for to out, or says why there is nothing.
func (h *hkicHashing) run(key string, args []string, out *bytes.Buffer) *said {
	if slices.ContainsFunc(args, accounts.LooksLikeHKIC) {
		return hkicOnLine.problem()
	}
	if problem := h.open(key); problem != nil {
		return problem
	}
	if len(args) == 0 {
		return h.lines(out)
	}
	return h.table(args[0], out)
}

// problem is what ends the run.
func (p phrase) problem(values ...any) *said {
	s := p.of(values...)
	return &s
}

func (h *hkicHashing) open(path string) *said {
	if path == "" {
		path = filepath.Join(caddy.AppDataDir(), "iamsmart.key")
	}
	root, err := store.LoadRootKey(path, false)
	if errors.Is(err, fs.ErrNotExist) {
		return hkicNoKey.problem(printable(path))
	}
	if err == nil {
		h.key, err = root.HKICKey()
	}
	if err != nil {
		return hkicBadKey.problem(printable(err.Error()))
	}
	return nil
}

// lines hashes standard input. A blank line stays one, so that hashes stand in
// the lines of their numbers.
func (h *hkicHashing) lines(out *bytes.Buffer) *said {
	if newPrompt(h.in).terminal {
		h.says(hkicType.of())
	}
	text, err := io.ReadAll(io.LimitReader(h.in, accountsfile.MaxBytes+1))
	if err != nil {
		return hkicUnread.problem(printable(err.Error()))
	}
	if text, err = accountsfile.Readable(text); err != nil {
		return hkicUnread.problem(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		hash, problem := h.number(n, line)
		if problem != nil {
			return problem
		}
		fmt.Fprintln(out, hash)
	}
	return nil
}

// table hashes one column of a CSV file.
func (h *hkicHashing) table(path string, out *bytes.Buffer) *said {
	f, err := os.Open(path)
	if err != nil {
		return hkicUnread.problem(printable(err.Error()))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, accountsfile.MaxBytes+1))
	if err != nil {
		return hkicUnread.problem(printable(err.Error()))
	}
	sheet, err := accountsfile.ReadSheet(text)
	if err != nil {
		return hkicUnread.problem(fmt.Sprintf("%s: %v", printable(path), err))
	}
	place := -1
	for i, name := range sheet.Columns {
		name = strings.TrimSpace(name)
		switch {
		case !strings.EqualFold(name, h.column) && strings.EqualFold(name, "hkic_hash"):
			return hkicTwice.problem("hkic_hash")
		case strings.EqualFold(name, h.column) && place >= 0:
			return hkicTwice.problem(printable(h.column))
		case strings.EqualFold(name, h.column):
			place = i
		}
	}
	if place < 0 {
		return hkicNoColumn.problem(printable(h.column))
	}
	sheet.Columns[place] = "hkic_hash"
	rows := [][]string{sheet.Columns}
	for _, row := range sheet.Rows {
		hash, problem := h.number(row.Line, row.Fields[place])
		if problem != nil {
			return problem
		}
		row.Fields[place] = hash
		rows = append(rows, row.Fields)
	}
	if err := csv.NewWriter(out).WriteAll(rows); err != nil {
		return hkicUnread.problem(printable(err.Error()))
	}
	return nil
}

// number hashes one number and tells what looks like a typing error in it. Blank
// ones give "".
func (h *hkicHashing) number(line int, text string) (hash string, problem *said) {
	number := iamsmart.CanonicalHKIC(text)
	switch {
	case number == "":
		h.empty++
		return "", nil
	case strings.HasPrefix(number, "hkic1:"):
		return "", hkicAlready.problem(line)
	}
	hash = accounts.HKICHashText(h.key.Hash(number))
	doubts := doubtsAbout(number, line)
	if first, twice := h.seen[hash]; twice {
		doubts = append(doubts, hkicEqual.of(line, first))
	} else {
		h.seen[hash] = line
	}
	for _, doubt := range doubts {
		h.says(doubt)
	}
	if len(doubts) > 0 {
		h.suspicious++
	}
	h.hashed++
	return hash, nil
}

func doubtsAbout(number string, line int) []said {
	if !accounts.LooksLikeHKIC(number) {
		return []said{hkicForm.of(line)}
	}
	if _, bare := iamsmart.HKICCheckDigit(number); bare {
		return []said{hkicNoDigit.of(line)}
	}
	last := len(number) - 1
	if digit, ok := iamsmart.HKICCheckDigit(number[:last]); !ok || digit != number[last] {
		return []said{hkicDigit.of(line)}
	}
	return nil
}
