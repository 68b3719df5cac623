package caddyiamsmart

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func (g *Gate) provisionAddress(caddy.Context) error {
	configured := g.PublicURL
	if configured == "" {
		configured = g.realm.PublicURL
	}
	address, err := required("public_url", configured)
	if err != nil {
		return fmt.Errorf("%w; write the address of the site as it is registered with iAM Smart", err)
	}
	u, err := siteAddress(address)
	if err != nil {
		return fmt.Errorf("public_url: %w", err)
	}
	g.origin = u.Scheme + "://" + strings.ToLower(u.Host)
	g.host = strings.ToLower(u.Hostname())
	return nil
}

func (g *Gate) provisionOrigins(caddy.Context) error {
	origins := []string{g.origin}
	for _, configured := range g.WSOrigins {
		address, err := required("ws_origins", configured)
		if err != nil {
			return err
		}
		origin, err := siteOrigin(address)
		if err != nil {
			return fmt.Errorf("ws_origins: %w", err)
		}
		origins = append(origins, origin)
	}
	g.wsOrigins = upstream.NewOrigins(origins...)
	return nil
}

// siteOrigin reads the address of one other site as browsers write its origin.
func siteOrigin(address string) (string, error) {
	u, err := siteAddress(address)
	switch {
	case strings.Contains(address, "*"):
		return "", fmt.Errorf("'%s' stands for many sites; name each by itself", address)
	case err != nil:
		return "", err
	case u.Path != "":
		return "", fmt.Errorf("'%s' has a path; the address of a site is meant: %s://%s", address, u.Scheme, u.Host)
	}
	return u.Scheme + "://" + u.Host, nil
}

// siteAddress reads the address of a site: scheme and host, and nothing else.
func siteAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return nil, fmt.Errorf("'%s' is no address; write it like https://records.example.com", address)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("'%s' has a path; the address of a site is meant: %s://%s", address, u.Scheme, u.Host)
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, fmt.Errorf("'%s' must begin with https://; http is accepted on a loopback address only", address)
	}
	return u, nil
}

const maxLoggedOrigin = 200 // bytes

// refuseSocket refuses a websocket that a page of another site opens with the login
// of the person who looks at it.
func (g *Gate) refuseSocket(w http.ResponseWriter, r *http.Request) error {
	origin := r.Header.Get("Origin")
	g.logger.Warn("a websocket from another site was refused; 'ws_origins' names the sites whose pages may open one",
		zap.String("origin", origin[:min(len(origin), maxLoggedOrigin)]))
	return g.refuse(w, http.StatusForbidden, "websocket_origin")
}
