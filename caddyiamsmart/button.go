package caddyiamsmart

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
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
	in    string      // the element of the link
	works atomic.Bool // it did once, so the other answers at this path are no login pages
	told  sync.Map    // why it could not, each reason once; these are a handful
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
	if strings.HasSuffix(b.Path, "*") {
		return nil, fmt.Errorf("'%s' stands for many pages; expected the path of one", b.Path)
	}
	path, err := upstream.NewPublic([]string{b.Path})
	if err != nil {
		return nil, err
	}
	place, err := upstream.NewLoginPlace(b.Selector)
	if err != nil {
		return nil, err
	}
	in := "p" // which stands off from the fields before it
	if b.Selector != "" {
		in = "span" // where it stands may be a paragraph, which another would end
	}
	return &loginButton{path: path, place: place, in: in}, nil
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
	changed, err := page.Finish(func(page []byte, contentType string) ([]byte, error) {
		return g.button.place.Insert(page, contentType, func(lang string) string {
			return g.pages.LoginLink(g.button.in, lang, g.origin+g.Prefix+"/login")
		})
	})
	if changed {
		g.button.works.Store(true)
	}
	if err == nil || g.button.works.Load() {
		return nil
	}
	if _, told := g.button.told.LoadOrStore(err.Error(), true); !told {
		g.logger.Warn("button: the application's login page stays as it is; name its path, or an element of it, in another way, or link to the gate's login page yourself",
			zap.String("gate", g.title()), zap.String("path", g.Button.Path), zap.String("link", g.Prefix+"/login"), zap.Error(err))
	}
	return nil
}
