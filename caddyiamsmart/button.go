package caddyiamsmart

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// Button is a link to the gate's login page within the application's own.
type Button struct {
	// The path of the application's login page. Required.
	Path string `json:"path,omitempty"`

	// Behind the start of which element the link stands: `#id`, `.class`, `tag` or
	// `tag.class`, the first that there is. Default: behind the first form with a
	// password field.
	Selector string `json:"selector,omitempty"`
}

// loginButton puts the link into that page.
type loginButton struct {
	path  *upstream.Public
	place upstream.LoginPlace
	told  atomic.Bool // why it could not, once
}

// parseButton reads 'button'.
func (g *Gate) parseButton(d *caddyfile.Dispenser) error {
	if g.Button != nil {
		return d.Err("button is given twice")
	}
	args := d.RemainingArgs()
	if len(args) < 1 || len(args) > 2 {
		return d.Errf("button: expected 'button <path> [<selector>]', words found: %d; a selector with # stands in quotes", len(args))
	}
	g.Button = &Button{Path: args[0]}
	if len(args) == 2 {
		g.Button.Selector = args[1]
	}
	if _, err := newLoginButton(g.Button); err != nil {
		return d.Errf("button: %v", err)
	}
	return nil
}

func newLoginButton(b *Button) (*loginButton, error) {
	path, err := upstream.NewPublic([]string{b.Path})
	if err != nil {
		return nil, err
	}
	place, err := upstream.NewLoginPlace(b.Selector)
	if err != nil {
		return nil, err
	}
	return &loginButton{path: path, place: place}, nil
}

func (g *Gate) provisionButton(caddy.Context) error {
	if g.Button == nil {
		return nil
	}
	if g.Mode != modeOptional {
		return errors.New("button: it stands in the application's own login page, which nobody sees unless 'mode optional' leaves it open")
	}
	var err error
	if g.button, err = newLoginButton(g.Button); err != nil {
		return fmt.Errorf("button: %w", err)
	}
	return nil
}

// isFor tells whether a request of nobody asks for the page.
func (b *loginButton) isFor(r *http.Request, path upstream.Path) bool {
	return b != nil && r.Method == http.MethodGet && wants(r) != data && b.path.Open(path)
}

// withButton sends a request on, and puts the link into the page that comes back.
func (g *Gate) withButton(w http.ResponseWriter, r *http.Request, d *desk, next caddyhttp.Handler) error {
	upstream.AskWhole(r.Header)
	page := &upstream.WholePage{ResponseWriter: w}
	if err := g.forward(page, r, d, next); err != nil {
		return err
	}
	why := page.Why
	err := page.Finish(func(page []byte, contentType string) ([]byte, error) {
		return g.button.place.Insert(page, contentType, func(lang string) string { return g.pages.LoginLink(lang, g.Prefix) })
	})
	if err != nil {
		why = err.Error()
	}
	if why != "" && g.button.told.CompareAndSwap(false, true) {
		g.logger.Warn("button: the application's login page stays as it is; name its path, or an element of it, in another way, or link to the gate's login page yourself",
			zap.String("gate", g.title()), zap.String("path", g.Button.Path), zap.String("link", g.Prefix+"/login"), zap.String("reason", why))
	}
	return nil
}
