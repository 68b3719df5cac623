package pages

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Site is what the operator says about the online service.
type Site struct {
	// Service is the name under which the online service is registered with
	// iAM Smart, at most 120 characters; empty means words like "this service".
	Service string
	// Contact says whom to ask, as it reads after "ask": "the office, ext. 102".
	// At most 120 characters; empty means words like "your supervisor".
	Contact string
	// Home is the name of the residential care home, which gets what people agree
	// to give; at most 120 characters, empty means words like "this home".
	Home string
	// Codes tells that link codes are given out: where people have no way on, the
	// pages send them to Contact for one.
	Codes bool
	// Privacy is the https address of the privacy notice; empty leaves the link out.
	Privacy string
	// Prefix is where the gate's own endpoints are; empty means "/iamsmart".
	Prefix string
	// Language is the first language of the pages: "zh-HK" (also when empty),
	// "zh-CN", "en", or "browser", where the browser's own wish decides.
	Language string
	// Logo is the official iAM Smart artwork for the button, at most 256 KiB;
	// empty means a button without a picture, for a lookalike is not allowed.
	Logo []byte
	// LogoType is the type of Logo: "image/svg+xml" or "image/png".
	LogoType string
}

const (
	defaultPrefix = "/iamsmart"
	maxName       = 120       // characters of Service, Contact and Home
	maxPrivacy    = 2048      // bytes
	maxLogo       = 256 << 10 // bytes
)

const (
	typeSVG = "image/svg+xml"
	typePNG = "image/png"
)

// prefixForm is stricter than a URL path must be: these characters mean the
// same to every server and need no escape.
var prefixForm = regexp.MustCompile(`^(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$`)

// checked returns the site with its defaults set, or says what is wrong with it.
func (s Site) checked() (Site, error) {
	s.Service, s.Contact, s.Home = strings.TrimSpace(s.Service), strings.TrimSpace(s.Contact), strings.TrimSpace(s.Home)
	if s.Prefix == "" {
		s.Prefix = defaultPrefix
	}
	if s.Language == "" {
		s.Language = string(TraditionalChinese)
	}
	for _, check := range []struct {
		name string
		err  error
	}{
		{"service", checkName(s.Service)},
		{"contact", checkName(s.Contact)},
		{"home", checkName(s.Home)},
		{"privacy", checkPrivacy(s.Privacy)},
		{"prefix", checkPrefix(s.Prefix)},
		{"language", checkLanguage(s.Language)},
		{"logo", checkLogo(s.Logo, s.LogoType)},
	} {
		if check.err != nil {
			return Site{}, fmt.Errorf("checking %s: %w", check.name, check.err)
		}
	}
	return s, nil
}

func checkName(name string) error {
	if clean(name) != name {
		return errors.New("it holds a control character or is not UTF-8")
	}
	if utf8.RuneCountInString(name) > maxName {
		return fmt.Errorf("it is longer than %d characters", maxName)
	}
	return nil
}

func checkPrivacy(address string) error {
	if address == "" {
		return nil
	}
	if len(address) > maxPrivacy {
		return fmt.Errorf("it is longer than %d bytes", maxPrivacy)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("it is no https address")
	}
	return nil
}

func checkPrefix(prefix string) error {
	if len(prefix) > 64 || !prefixForm.MatchString(prefix) {
		return fmt.Errorf("%q is not like %q: a slash, then letters, digits, dot, dash or underscore, at most 64", prefix, defaultPrefix)
	}
	return nil
}

func checkLanguage(language string) error {
	if language != byBrowser && !known(language) {
		return fmt.Errorf("%q is none of zh-HK, zh-CN, en, browser", language)
	}
	return nil
}

// checkLogo makes sure that the artwork is what its type says: a wrong file
// would show as a broken picture on the one button that everybody needs.
func checkLogo(logo []byte, kind string) error {
	switch {
	case len(logo) == 0 && kind == "":
		return nil
	case len(logo) == 0:
		return errors.New("a type is given but no picture")
	case len(logo) > maxLogo:
		return fmt.Errorf("it is larger than %d bytes", maxLogo)
	case kind == typePNG && bytes.HasPrefix(logo, []byte("\x89PNG\r\n\x1a\n")):
		return nil
	case kind == typeSVG && utf8.Valid(logo) && bytes.Contains(logo, []byte("<svg")):
		return nil
	case kind == typePNG, kind == typeSVG:
		return fmt.Errorf("it is no %s", kind)
	}
	return fmt.Errorf("its type %q is neither %s nor %s", kind, typeSVG, typePNG)
}
