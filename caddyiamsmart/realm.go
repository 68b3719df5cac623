package caddyiamsmart

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Realm is one Client ID of iAM Smart: one home, or one group of homes, with
// its credentials, keys, links and sessions.
type Realm struct {
	// Which iAM Smart is meant: `ite` for the Government's integration test
	// environment, `simulator` for the simulator that comes with this module.
	// Leave it out for production and set `api_base` and `web_base`, which the
	// iAM Smart team tells you.
	Environment string `json:"environment,omitempty"`

	// The address of the simulator. Only loopback addresses are accepted.
	// Default: `http://127.0.0.1:8181`.
	Simulator string `json:"simulator,omitempty"`

	// The address of the server API, with `/api/v1`. Required without
	// `environment`.
	APIBase string `json:"api_base,omitempty"`

	// The address of the pages that the browser is sent to, with `/api/v1`.
	// Required without `environment`.
	WebBase string `json:"web_base,omitempty"`

	// The Client ID from the iAM Smart portal. Required.
	ClientID string `json:"client_id,omitempty"`

	// The client secret from the iAM Smart portal. Write `{env.NAME}` or
	// `{file./absolute/path}`, so that it stays out of the configuration.
	// Required.
	ClientSecret string `json:"client_secret,omitempty"`

	// The encipherment certificates with their keys, newest first. More than
	// one while certificates roll over. A file that is replaced is read again
	// within half a minute. Required: at least one.
	EnciphermentCerts []EnciphermentCert `json:"encipherment_certs,omitempty"`

	// The address of the site as people see it, for gates of this realm that
	// name none: `https://records.example.com`.
	PublicURL string `json:"public_url,omitempty"`

	// Where iAM Smart's own servers call back, where that is another address than
	// `public_url`: `https://records.example.com`. It must lead to a gate of this
	// realm. Default: the gate's `public_url`.
	CallbackURL string `json:"callback_url,omitempty"`

	// Whether `{iamsmart.open_id}` may stand in headers. It is the same for a person in
	// all applications of the realm, and does not change. Default: no; the pseudonym
	// `{iamsmart.person}` serves all but applications that know their people by it.
	AllowOpenIDHeader bool `json:"allow_open_id_header,omitempty"`

	// Who may call back. Default: whoever brings content that opens with the key
	// which iAM Smart gave.
	Callback *CallbackConfig `json:"callback,omitempty"`

	// What public sources leave open about iAM Smart. Default: the likeliest
	// reading of each point.
	Protocol *iamsmart.Protocol `json:"protocol,omitempty"`

	client       *iamsmart.Client
	clientID     string
	callbackBase string // scheme and host, "" for that of the gate
	callers      callers
	large        chan struct{} // held by those who read a large callback
	direct       bool          // people may come straight from the iAM Smart app
	certificates *certificates
}

// CallbackConfig says who may call back. Where both are given, both must hold.
type CallbackConfig struct {
	// The addresses, or ranges of them, that callbacks come from:
	// `203.0.113.0/24`. They are compared with the client address that Caddy
	// found, by the server's `trusted_proxies`. Default: any.
	Allow []string `json:"allow,omitempty"`

	// A PEM file with the certificates of the authority that signed iAM Smart's
	// client certificate. The site must ask for one: `tls { client_auth { mode
	// request } }`. Default: none is looked for.
	ClientCA string `json:"client_ca,omitempty"`
}

// EnciphermentCert is a certificate with its private key.
type EnciphermentCert struct {
	// A PEM file with certificate and key, or a PKCS#12 file (.p12, .pfx).
	// Required.
	File string `json:"file,omitempty"`

	// The password of the PKCS#12 file. Write `{env.NAME}` or
	// `{file./absolute/path}`.
	Password string `json:"password,omitempty"`
}

const (
	iteBase          = "https://apigw-isit.staging-eid.gov.hk/api/v1"
	simulatorDefault = "http://127.0.0.1:8181"
)

// smartNow is the clock of what is said to iAM Smart. Only tests change it.
var smartNow = time.Now

func (r *Realm) provision(name string, logger *zap.Logger) error {
	apiBase, webBase, err := r.bases()
	if err != nil {
		return err
	}
	if r.clientID, err = required("client_id", r.ClientID); err != nil {
		return fmt.Errorf("%w; the iAM Smart portal shows it", err)
	}
	secret, err := required("client_secret", r.ClientSecret)
	if err != nil {
		return fmt.Errorf("%w; the iAM Smart portal shows it, write {env.NAME} or {file./absolute/path}", err)
	}
	if literal(r.ClientSecret) {
		logger.Warn("the client secret stands in clear in the configuration; write {env.NAME} or {file./absolute/path}",
			zap.String("realm", name))
	}
	if r.certificates, err = loadCertificates(name, r.EnciphermentCerts, logger); err != nil {
		return err
	}
	if r.callbackBase, err = resolve(r.CallbackURL); err != nil {
		return fmt.Errorf("callback_url: %w", err)
	}
	if r.callbackBase != "" {
		u, err := siteAddress(r.callbackBase)
		if err != nil {
			return fmt.Errorf("callback_url: %w", err)
		}
		r.callbackBase = u.Scheme + "://" + strings.ToLower(u.Host)
	}
	if r.callers, err = r.Callback.provision(); err != nil {
		return fmt.Errorf("callback: %w", err)
	}
	var protocol iamsmart.Protocol
	if r.Protocol != nil {
		protocol = *r.Protocol
	}
	if protocol.CallbackCEK == "own" && !r.callers.limited() {
		return errors.New("protocol: callback_cek own lets anybody who knows the certificate call back; " +
			"say who may with 'callback { allow … }' or 'callback { client_ca … }'")
	}
	r.large = make(chan struct{}, largeCallbacks)
	r.direct = protocol.DirectLogin != "" && protocol.DirectLogin != "off"
	r.client, err = iamsmart.New(iamsmart.Config{
		APIBase: apiBase, WebBase: webBase, ClientID: r.clientID, ClientSecret: secret, Protocol: protocol,
		Keys: r.certificates.pairs(), RereadKeys: r.certificates.reread, Now: smartNow,
		Report: func(err error) { logger.Warn("speaking to iAM Smart", zap.String("realm", name), zap.Error(err)) },
	})
	return err
}

// bases says where iAM Smart is.
func (r *Realm) bases() (api, web string, err error) {
	if api, err = resolve(r.APIBase); err != nil {
		return "", "", fmt.Errorf("api_base: %w", err)
	}
	if web, err = resolve(r.WebBase); err != nil {
		return "", "", fmt.Errorf("web_base: %w", err)
	}
	simulator, err := resolve(r.Simulator)
	if err != nil {
		return "", "", fmt.Errorf("environment: %w", err)
	}
	if r.Environment != "" && (api != "" || web != "") {
		return "", "", fmt.Errorf("environment and api_base/web_base exclude each other; keep one of them")
	}
	switch r.Environment {
	case "ite":
		return iteBase, iteBase, nil
	case "simulator":
		if simulator == "" {
			simulator = simulatorDefault
		}
		base := strings.TrimSuffix(simulator, "/") + "/api/v1"
		u, err := url.Parse(base)
		if err != nil || !loopback(u.Hostname()) {
			return "", "", fmt.Errorf("environment: the simulator must be on a loopback address, not '%s'", simulator)
		}
		return base, base, nil
	case "":
		if api == "" || web == "" {
			return "", "", fmt.Errorf("environment is missing; write 'environment ite', or both 'api_base' and 'web_base' for production")
		}
		return api, web, nil
	}
	return "", "", fmt.Errorf("environment: unknown word '%s'; expected ite or simulator", r.Environment)
}

// readBounded reads a file of at most max bytes. Devices and pipes are refused: a
// pipe would wait for whoever writes, and a device has no end.
func readBounded(file string, max int64) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no such file, or its folder is closed to the user that runs Caddy", file)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is no ordinary file", file)
	}
	opened, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	data, err := io.ReadAll(io.LimitReader(opened, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("%s: is larger than %d bytes", file, max)
	}
	return data, nil
}

// loopback tells whether a host name never leaves this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// MarshalLogObject keeps credentials out of Caddy's trace log.
func (r *Realm) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("environment", r.Environment)
	enc.AddString("client_id", r.ClientID)
	enc.AddString("client_secret", "REDACTED")
	return nil
}

// MarshalLogObject keeps credentials out of Caddy's trace log.
func (a *App) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	for name, realm := range a.Realms {
		if err := enc.AddObject(name, realm); err != nil {
			return err
		}
	}
	return nil
}
