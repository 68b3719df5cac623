package caddyiamsmart

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
)

// How the commands of an administrator end.
const (
	adminDone    = iota
	adminRefused // called wrongly, or the gate refused it
	adminAbsent  // no Caddy answers
	adminFound   // done, and it has found what somebody has to look at
)

// adminCaller is how a command reaches the Caddy that runs, and what all of these
// commands can be told.
type adminCaller struct {
	address, config, adapter string
	realm, app, admin, lang  string
	asJSON                   bool

	language language
	in       io.Reader
	out      io.Writer
	talk     io.Writer
}

// command makes a command of it that says itself what there is to say.
func (c *adminCaller) command(use, short, long string, args cobra.PositionalArgs, run func(ctx context.Context, args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long + adminHelp, Args: args}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if c.language, err = languageOf(c.lang); err != nil {
			return err
		}
		c.in, c.out, c.talk = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
		if err := run(contextOf(cmd), args); err != nil {
			cmd.SilenceUsage = true
			fmt.Fprintln(c.talk, c.told(err))
			return exitWith(cmd, adminEnd(err))
		}
		return nil
	}
	flags := cmd.Flags()
	flags.StringVar(&c.address, "address", "", "where Caddy's admin endpoint listens, as in the Caddyfile; default: what --config says")
	flags.StringVarP(&c.config, "config", "c", "", "the configuration of the Caddy that runs; default: ./Caddyfile if there is one")
	flags.StringVarP(&c.adapter, "adapter", "a", "", "the adapter for --config; default: by its name")
	flags.StringVar(&c.realm, "realm", "", "the realm; may be left out where there is only one")
	flags.StringVar(&c.app, "app", "", "the app; may be left out where there is only one")
	flags.StringVar(&c.admin, "as", "", "your name for the audit trail; default: the login of this machine")
	flags.BoolVar(&c.asJSON, "json", false, "print JSON in place of a table")
	flags.StringVar(&c.lang, "lang", "", "en or zh-HK; default: the terminal's language")
	return cmd
}

const adminHelp = `

It speaks to the Caddy that runs, through Caddy's admin endpoint. What it changes
is written down in the audit trail under the name that --as gives.

Exit status: 0 done; 1 called wrongly or refused; 2 no Caddy answers.`

// call asks the gate for an act, and reads its answer.
func (c *adminCaller) call(ctx context.Context, act string, ask, answer any) error {
	address, err := c.endpoint()
	if err != nil {
		return err
	}
	wish, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	body, err := json.Marshal(order{Realm: c.realm, App: c.app, Admin: c.who(), Ask: wish})
	if err != nil {
		return err
	}
	resp, err := postAdmin(ctx, address, adminPath+act, body)
	if err != nil {
		return absence{address, err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return refusalIn(resp)
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return absence{address, err}
	}
	return nil
}

// who is the administrator: what was said, or whose login this is.
func (c *adminCaller) who() string {
	for _, name := range []string{c.admin, os.Getenv("SUDO_USER"), os.Getenv("USER"), os.Getenv("USERNAME")} {
		if name != "" {
			return name
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// absence is that nobody answered.
type absence struct {
	address string
	cause   error
}

func (a absence) Error() string { return a.cause.Error() }
func (a absence) Unwrap() error { return a.cause }

var errAdminOff = errors.New("admin off")

func adminEnd(err error) int {
	var nobody absence
	var ours problemSaid
	switch {
	case errors.As(err, &nobody):
		return adminAbsent
	case errors.As(err, &ours):
		return ours.end
	}
	return adminRefused
}

// told is an error as it is told to the administrator.
func (c *adminCaller) told(err error) string {
	var nobody absence
	switch {
	case errors.Is(err, errAdminOff):
		return adminIsOff.of().in(c.language)
	case errors.As(err, &nobody) && errors.Is(err, fs.ErrPermission):
		return adminForbidden.of(printable(nobody.address)).in(c.language)
	case errors.As(err, &nobody):
		return adminSilent.of(printable(nobody.address), printable(nobody.Error())).in(c.language)
	}
	var ours problemSaid
	if errors.As(err, &ours) {
		return printable(ours.in(c.language))
	}
	return printable(err.Error())
}

// problemSaid is an error of a command itself, in both languages, and how the command
// ends with it.
type problemSaid struct {
	said
	end int
}

func (p problemSaid) Error() string { return p.in(english) }

// fault is the phrase as an error.
func (p phrase) fault(values ...any) error { return problemSaid{p.of(values...), adminRefused} }

// found is the phrase as what a command that is done has found.
func (p phrase) found(values ...any) error { return problemSaid{p.of(values...), adminFound} }

// confirm has the administrator say yes to what cannot be taken back. It asks only at
// a terminal; a script says --yes.
func (c *adminCaller) confirm(ctx context.Context, yes bool, question said) error {
	if yes {
		return nil
	}
	p := newPrompt(c.in)
	if !p.terminal {
		return adminNotAsked.fault(question)
	}
	fmt.Fprint(c.talk, printable(question.in(c.language)), " ", adminTypeYes.of().in(c.language))
	typed, err := p.line(ctx)
	if err != nil || strings.TrimSpace(typed) != "yes" {
		return adminNotDone.fault()
	}
	return nil
}

// withAccount has the gate do something with an account that the administrator has
// named. Where the accounts cannot be looked up, the name must be said to be certain.
// The gate's refusal names nobody, for Caddy logs it; so what tells here what it is about.
func (c *adminCaller) withAccount(ctx context.Context, name, what string, yes bool, do func(certain bool) error) error {
	err := do(yes)
	var no refusal
	if errors.As(err, &no) && no.status == http.StatusPreconditionRequired {
		if err := c.confirm(ctx, false, adminNotLookedUp.of(name)); err != nil {
			return err
		}
		err = do(true)
	}
	if errors.As(err, &no) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return err
}

// numbered reads the number of a link or a request.
func numbered(arg string) (int64, error) {
	n, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || n < 1 {
		return 0, adminNoNumber.fault(printable(arg))
	}
	return n, nil
}

// endpoint is where the admin endpoint of the configuration listens.
func (c *adminCaller) endpoint() (string, error) {
	if c.address != "" {
		return c.address, nil
	}
	_, log, buffer := caddy.BufferedLog() // Caddy tells which file it reads; an error says that, too
	text, _, _, err := caddycmd.LoadConfig(c.config, c.adapter)
	buffer.FlushTo(zap.NewNop())
	caddy.UnbufferDefaultLogger(log)
	if err != nil {
		return "", err
	}
	var config struct {
		Admin caddy.AdminConfig `json:"admin"`
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &config); err != nil {
			return "", err
		}
	}
	switch {
	case config.Admin.Disabled:
		return "", absence{"", errAdminOff}
	case config.Admin.Listen != "":
		return config.Admin.Listen, nil
	}
	return caddy.DefaultAdminListen, nil
}

// postAdmin is what Caddy's own commands do, with an end to waiting and with the
// answer to a refusal left to be read.
func postAdmin(ctx context.Context, address, path string, body []byte) (*http.Response, error) {
	address, err := caddy.NewReplacer().ReplaceOrErr(address, true, true)
	if err != nil {
		return nil, err
	}
	at, err := caddy.ParseNetworkAddress(address)
	if err != nil {
		return nil, err
	}
	if at.PortRangeSize() > 1 {
		return nil, fmt.Errorf("%s is several addresses", address)
	}
	host := "127.0.0.1" // of a socket, where Caddy asks for none
	var origin []string // where it is asked for (enforce_origin); none of a socket
	if at.IsUnixNetwork() {
		at.Host, _, _ = strings.Cut(at.Host, "|") // the socket's mode
	} else {
		host = at.JoinHostPort(0)
		origin = []string{"http://" + host}
	}
	req := (&http.Request{
		Method: http.MethodPost, URL: &url.URL{Scheme: "http", Host: host, Path: path},
		Header: http.Header{"Content-Type": {"application/json"}, "Origin": origin},
		Body:   io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}).WithContext(ctx)
	client := &http.Client{Timeout: adminWithin + 10*time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, at.Network, at.JoinHostPort(0))
		},
	}}
	return client.Do(req)
}

// refusalIn reads why the gate refused.
func refusalIn(resp *http.Response) error {
	var answer struct {
		Error string `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&answer); err != nil || answer.Error == "" {
		return fmt.Errorf("HTTP %s; is the iamsmart module in the Caddy that runs?", resp.Status)
	}
	return refusal{resp.StatusCode, answer.Error}
}

// says tells the administrator something that is not the command's product.
func (c *adminCaller) says(s said) { fmt.Fprintln(c.talk, printable(s.in(c.language))) }
