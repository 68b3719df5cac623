package caddyiamsmart

import (
	"fmt"
	"path/filepath"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
)

func (g *Gate) provisionPages(caddy.Context) error {
	if g.Pages == nil {
		g.Pages = new(PagesConfig)
	}
	site := pages.Site{
		Service: g.Pages.Service, Home: g.Pages.Home, Contact: g.Pages.Contact, Privacy: g.Pages.Privacy, Codes: g.links(linkup.ByCode),
		Prefix: g.Prefix, Language: g.Pages.Language,
	}
	if g.Pages.Logo != "" {
		file, err := resolve(g.Pages.Logo)
		if err != nil {
			return fmt.Errorf("pages: logo: %w", err)
		}
		if site.Logo, err = readBounded(file, maxLogo); err != nil {
			return fmt.Errorf("pages: logo: %w", err)
		}
		switch filepath.Ext(file) {
		case ".svg":
			site.LogoType = "image/svg+xml"
		case ".png":
			site.LogoType = "image/png"
		default:
			return fmt.Errorf("pages: logo: %s must be an .svg or .png file", file)
		}
	}
	var err error
	if g.pages, err = pages.New(site); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	return nil
}
