package caddyiamsmart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	loginform "caddyiamsmart.example/caddyiamsmart/accounts/form"
)

type probeOptions struct {
	form   int
	fields []string
	lang   string
}

// probing is one run of `caddy iamsmart accounts probe`.
type probing struct {
	probeOptions
	language
	in    *prompt
	block io.Writer // the product, and nothing else
	talk  io.Writer
}

// run looks at the page, asks for a login, compares, and prints the block.
func (p *probing) run(ctx context.Context, address string) int {
	app, err := loginform.Look(ctx, address)
	if err != nil {
		return p.fail(err)
	}
	user, password, err := p.choose(ctx, app)
	if err != nil {
		return p.fail(err)
	}
	notes, err := app.Use(user, password)
	if err != nil {
		return p.fail(err)
	}
	p.tell(probeFields, user, password)
	p.note(notes)
	p.tell(probePlan, loginform.RightLogins, loginform.WrongLogins)

	name, secret, err := p.login(ctx)
	if err != nil {
		return p.fail(err)
	}
	found, err := app.Compare(ctx, name, secret)
	p.seen(found)
	if err != nil {
		return p.fail(err)
	}
	p.note(found.Notes)
	block, err := found.Block(p.say(probeComment, nil))
	if err != nil {
		return p.fail(err)
	}
	account, err := app.Confirm(ctx, block, found, name, secret)
	if err != nil {
		return p.fail(err)
	}
	p.tell(probeConfirmed, account.Name)
	if _, err := io.WriteString(p.block, block); err != nil {
		return p.fail(fmt.Errorf("writing the block: %w", err))
	}
	return probeDone
}

// usageError is what whoever calls the command can mend.
type usageError struct {
	phrase
	values []any
}

func (e *usageError) Error() string { return english.say(e.phrase, e.values) }

func usage(ph phrase, values ...any) error { return &usageError{ph, values} }

// choose lists the forms and returns the fields to fill in.
func (p *probing) choose(ctx context.Context, app *loginform.Probe) (user, password string, err error) {
	forms := app.Forms()
	var fit []int
	p.tell(probeForms, len(forms), app.Charset())
	for i, f := range forms {
		p.list(i+1, f)
		if f.User != "" {
			fit = append(fit, i+1)
		}
	}
	if len(p.fields) > 0 {
		if len(p.fields) != 2 {
			return "", "", usage(probeTwoFields)
		}
		return p.fields[0], p.fields[1], nil
	}
	number := p.form
	switch {
	case len(fit) == 0:
		return "", "", app.Missing()
	case number == 0 && len(fit) == 1:
		number = fit[0]
	case number == 0 && !p.in.terminal:
		return "", "", usage(probeSeveral)
	case number == 0:
		p.ask(probeWhich)
		typed, err := p.in.line(ctx)
		if err != nil {
			return "", "", p.unread(err)
		}
		number, _ = strconv.Atoi(strings.TrimSpace(typed)) // anything else is no number of a form
	}
	if number < 1 || number > len(forms) || forms[number-1].User == "" {
		return "", "", usage(probeNoSuchForm, number)
	}
	return forms[number-1].User, forms[number-1].Password, nil
}

func (p *probing) list(number int, f loginform.SeenForm) {
	mark := ""
	if f.User != "" {
		mark = p.say(probeIsLogin, nil)
	}
	p.line("  %d. %s %s%s", number, f.Method, f.Action, mark)
	for _, field := range f.Fields {
		name := field.Name
		if name == "" {
			name = "-"
		}
		p.line("     %-20s %s", name, field.Type)
	}
}

// login asks for the right login, or reads its two lines.
func (p *probing) login(ctx context.Context) (name, secret string, err error) {
	p.ask(probeUser)
	if name, err = p.in.line(ctx); err != nil {
		return "", "", p.unread(err)
	}
	p.ask(probePassword)
	if secret, err = p.in.secret(ctx); err != nil {
		return "", "", p.unread(err)
	}
	if p.in.terminal {
		p.line("") // the line end was not shown either
	}
	return name, secret, nil
}

func (p *probing) unread(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, io.EOF):
		return usage(probeNoLogin)
	}
	return usage(probeBadInput, err)
}

// seen tells how the application answered.
func (p *probing) seen(found *loginform.Comparison) {
	if found == nil {
		return
	}
	for i, title := range []phrase{probeRight, probeWrong, probeStranger} {
		s := found.Seen[i]
		if s == nil {
			continue
		}
		line := []string{p.say(probeStatus, []any{s.Status})}
		if s.Location != "" {
			line = append(line, p.say(probeLocation, []any{s.Location}))
		}
		if len(s.Cookies) > 0 {
			line = append(line, p.say(probeCookies, []any{strings.Join(s.Cookies, " ")}))
		}
		if s.LoginForm {
			line = append(line, p.say(probeFormAgain, nil))
		} else {
			line = append(line, p.say(probeFormGone, nil))
		}
		if s.WayOut != "" {
			line = append(line, p.say(probeWayOut, []any{s.WayOut}))
		}
		p.line("%s%s", p.say(title, nil), strings.Join(line, p.say(probeComma, nil)))
	}
}

func (p *probing) note(notes []loginform.Finding) {
	for _, n := range notes {
		p.line("  – %s", p.sentence(n))
	}
}

func (p *probing) sentence(f loginform.Finding) string {
	return p.say(probeFindings[f.Kind], []any{f.Detail})
}

// fail tells why there is no block, and returns how the command ends.
func (p *probing) fail(err error) int {
	var found *loginform.Finding
	var mistake *usageError
	switch {
	case errors.Is(err, context.Canceled):
		p.tell(probeStopped)
		return probeUsage
	case errors.As(err, &mistake):
		p.line("%s", p.say(mistake.phrase, mistake.values))
		return probeUsage
	case errors.As(err, &found):
		p.line("%s", p.sentence(*found))
		if found.Kind == loginform.BadAddress {
			return probeUsage
		}
		p.tell(probeNoBlock)
		return probeUnfit
	case errors.Is(err, accounts.ErrWrong): // by the checker itself, before anything was sent
		p.tell(probeNotTyped, err)
		return probeUsage
	}
	p.tell(probeNoAnswer, err)
	return probeAbsent
}

func (p *probing) tell(ph phrase, values ...any) { p.line("%s", p.say(ph, values)) }

// ask writes a question, where a person sits there to read it.
func (p *probing) ask(ph phrase) {
	if p.in.terminal {
		fmt.Fprint(p.talk, p.say(ph, nil))
	}
}

// line writes one line. What comes from the application cannot steer the
// terminal by it.
func (p *probing) line(format string, values ...any) {
	fmt.Fprintln(p.talk, printable(fmt.Sprintf(format, values...)))
}
