package caddyiamsmart

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// auditCommand is `caddy iamsmart audit`.
func auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Reads the audit trail",
	}
	mustBeKnown(cmd).AddCommand(auditListCommand(), auditExportCommand(), auditVerifyCommand())
	return cmd
}

// auditing is a look at the audit trail.
type auditing struct {
	*adminCaller
	since, until string
	ask          auditAsk
}

func (a *auditing) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.since, "since", "", "a day (2026-11-01), from its beginning, or a time (2026-11-01T08:00:00+08:00)")
	cmd.Flags().StringVar(&a.until, "until", "", "a day, to its end, or a time, which is not included")
	cmd.Flags().StringVar(&a.ask.Account, "account", "", "only rows of this account, as the application spells it")
	cmd.Flags().StringVar(&a.ask.Person, "person", "", "only rows of this person, by the pseudonym")
	cmd.Flags().StringVar(&a.ask.Event, "event", "", "only rows of this event, such as login or linked")
}

// period reads the two times, and tells which they are: a day begins at another time
// elsewhere.
func (a *auditing) period() (err error) {
	if a.ask.Since, err = momentOf(a.since, 0); err != nil {
		return err
	}
	if a.ask.Until, err = momentOf(a.until, 1); err != nil {
		return err
	}
	if !a.ask.Since.IsZero() || !a.ask.Until.IsZero() {
		a.says(auditPeriod.of(momentText(a.ask.Since), momentText(a.ask.Until)))
	}
	return nil
}

// momentOf reads a time, or a day of this machine's zone and so many more.
func momentOf(text string, days int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return day.AddDate(0, 0, days), nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	return time.Time{}, auditNoTime.fault(printable(text))
}

func momentText(t time.Time) string {
	if t.IsZero() {
		return "…"
	}
	return t.Local().Format("2006-01-02 15:04:05 -07:00")
}

// auditListCommand is `caddy iamsmart audit list`.
func auditListCommand() *cobra.Command {
	a := &auditing{adminCaller: new(adminCaller)}
	var limit int
	cmd := a.command("list [--since <time>] [--until <time>] [--account <name>] [--person <pseudonym>] [--event <event>] [--limit <n>]",
		"Lists what has happened, the newest first", `
Lists rows of the audit trail that fit all that is asked for: what happened, to whom,
and who did it. Persons are shown by the pseudonym that applications see.

  caddy iamsmart audit list --since 2026-11-01 --event linked`, cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			if limit < 1 {
				return auditNoLimit.fault()
			}
			if err := a.period(); err != nil {
				return err
			}
			a.ask.Newest = true
			rows := []auditRow{}
			err := a.each(ctx, limit, func(row auditRow) error {
				rows = append(rows, row)
				return nil
			})
			if err != nil {
				return err
			}
			if len(rows) == 0 && !a.asJSON {
				a.says(auditNone.of())
				return nil
			}
			return a.print(rows, func(row func(...any)) {
				row(auditNumberHead, auditAtHead, auditEventHead, auditAccountHead, auditPersonHead, auditWayHead, auditActorHead, auditDetailHead, auditRefHead)
				for _, r := range rows {
					row(r.Number, r.At.Local().Format(time.DateTime), r.Event, r.Account, r.Person, r.Way, r.Actor, r.Detail, r.Ref)
				}
			})
		})
	a.flags(cmd)
	cmd.Flags().IntVar(&limit, "limit", 100, "how many rows at most")
	return cmd
}

// each calls take for at most so many rows; for all where most is 0.
func (a *auditing) each(ctx context.Context, most int, take func(auditRow) error) error {
	for n := 0; most == 0 || n < most; {
		a.ask.Limit = listedAtOnce
		if most > 0 {
			a.ask.Limit = min(listedAtOnce, most-n)
		}
		var answer auditAnswer
		if err := a.call(ctx, "audit/list", a.ask, &answer); err != nil {
			return err
		}
		for _, row := range answer.Rows {
			if err := take(row); err != nil {
				return err
			}
			a.ask.After = row.Number
			n++
		}
		if len(answer.Rows) < a.ask.Limit {
			return nil
		}
		if most != n {
			a.says(adminSoFar.of(n))
		}
	}
	return nil
}

// auditExportCommand is `caddy iamsmart audit export`.
func auditExportCommand() *cobra.Command {
	a := &auditing{adminCaller: new(adminCaller)}
	cmd := a.command("export [--since <time>] [--until <time>] [--account <name>] [--person <pseudonym>] [--event <event>]",
		"Writes the audit trail to standard output, as CSV or JSON", `
Writes the rows of the audit trail that fit all that is asked for, the oldest first. A
cell that a spreadsheet would take for a formula begins with a '.

  caddy iamsmart audit export --since 2026-11-01 --until 2026-11-30 > november.csv`, cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			if err := a.period(); err != nil {
				return err
			}
			out := newExporter(a.out, a.asJSON, "number", "at", "event", "account", "person", "source", "way", "actor", "detail", "ref")
			err := a.each(ctx, 0, func(r auditRow) error {
				return out.add(r, strconv.FormatInt(r.Number, 10), sheetTime(r.At), r.Event, r.Account, r.Person, r.Source, r.Way, r.Actor, r.Detail, r.Ref)
			})
			if err != nil {
				return errors.Join(err, out.flush())
			}
			return out.end()
		})
	a.flags(cmd)
	return cmd
}

// auditVerifyCommand is `caddy iamsmart audit verify`.
func auditVerifyCommand() *cobra.Command {
	c := new(adminCaller)
	return c.command("verify", "Tells whether anybody has altered the audit trail", `
Reads the whole audit trail of the store, of all realms and apps, and tells whether
each row is as it was written and follows the one before it. It cannot tell that the
newest rows are missing; the logger iamsmart.audit has them too, with their numbers.

Exit status 3: it was altered.`, cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			var answer verifyAnswer
			if err := c.call(ctx, "audit/verify", struct{}{}, &answer); err != nil {
				return err
			}
			if c.asJSON {
				if err := c.print(answer, nil); err != nil {
					return err
				}
			}
			if answer.FirstBad > 0 {
				return auditAltered.found(answer.FirstBad, answer.Rows)
			}
			if !c.asJSON {
				c.says(auditSound.of(answer.Rows))
			}
			return nil
		})
}

// What the commands about the audit trail say.
var (
	auditNoTime  = phrase{"'%[1]s' is neither a day, as 2026-11-01, nor a time, as 2026-11-01T08:00:00+08:00.", "「%[1]s」既非日期（如 2026-11-01），亦非時間（如 2026-11-01T08:00:00+08:00）。"}
	auditNoLimit = phrase{"--limit must be 1 or more.", "--limit 必須為 1 或以上。"}
	auditPeriod  = phrase{"From %[1]s to %[2]s, in the time of this machine.", "由 %[1]s 至 %[2]s，以本機時間計。"}
	auditNone    = phrase{"No row fits.", "沒有符合的記錄。"}

	auditNumberHead  = phrase{"NUMBER", "編號"}
	auditAtHead      = phrase{"TIME", "時間"}
	auditEventHead   = phrase{"EVENT", "事件"}
	auditAccountHead = phrase{"ACCOUNT", "帳戶"}
	auditPersonHead  = phrase{"PERSON", "人士"}
	auditWayHead     = phrase{"WAY", "方式"}
	auditActorHead   = phrase{"ACTOR", "操作者"}
	auditDetailHead  = phrase{"DETAIL", "詳情"}
	auditRefHead     = phrase{"REF", "參考編號"}

	auditSound   = phrase{"The audit trail is as it was written: %[1]d rows.", "審計記錄與寫入時相同：共 %[1]d 列。"}
	auditAltered = phrase{"The audit trail was altered: row %[1]d (of %[2]d rows) is not as it was written, or rows before it are missing. Find out who can write to the store's file; compare with the log lines of iamsmart.audit, and with a backup.",
		"審計記錄曾被更改：第 %[1]d 號記錄（共 %[2]d 列）與寫入時不同，或其前的記錄已遺失。請查明誰可寫入儲存檔案，並與 iamsmart.audit 的日誌及備份比較。"}
)
