package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

const (
	defaultListen = "127.0.0.1:8181"
	secretVar     = "SIMULATOR_CLIENT_SECRET"
	maxFile       = 1 << 20
)

// settings are the flags as given.
type settings struct {
	listen          string
	allowRemote     bool
	hosts           list
	clientID        string
	secretFile      string
	cert            string
	redirectURIs    list
	callbackURIs    list
	callbackRoots   string
	callbackPair    string
	directURI       string
	scope           string
	codeLife        time.Duration
	requestLife     time.Duration
	rateLimit       int
	variants        simulator.Variants
	makeCredentials string
}

// list is a flag that may be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(value string) error {
	if value == "" {
		return errors.New("empty")
	}
	*l = append(*l, value)
	return nil
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.listen, "listen", defaultListen, "`address` and port to listen on; port 0 takes a free one")
	flags.BoolVar(&s.allowRemote, "allow-remote", false, "let -listen be an address that other machines reach; whoever reaches it can log in as anybody")
	flags.Var(&s.hosts, "host", "further host `name` or address by which the simulator may be called; repeatable (loopback names always may)")
	flags.StringVar(&s.clientID, "client-id", "", "client `ID` of the e-Service")
	flags.StringVar(&s.secretFile, "client-secret-file", "", "`file` that holds the client secret; else the variable "+secretVar)
	flags.StringVar(&s.cert, "cert", "", "PEM `file` with the encipherment certificate; a key in it is not read")
	flags.Var(&s.redirectURIs, "redirect-uri", "registered `URL` of the callback, exactly; repeatable")
	flags.Var(&s.callbackURIs, "callback-uri", "registered `URL` to which results are posted, exactly; repeatable")
	flags.StringVar(&s.callbackRoots, "callback-roots", "", "PEM `file` with the root certificates that callbacks trust; default the system's")
	flags.StringVar(&s.callbackPair, "callback-client-cert", "", "PEM `file` with certificate and key that callbacks show to the e-Service")
	flags.StringVar(&s.directURI, "direct-uri", "", "registered `URL` for direct logins from the app")
	flags.StringVar(&s.scope, "scope", "eidapi_auth", "approved `scopes`, separated by spaces")
	flags.DurationVar(&s.codeLife, "code-life", 0, "how long a code can be exchanged (default 30s)")
	flags.DurationVar(&s.requestLife, "request-life", 0, "how long a request waits on a person's phone (default 18m)")
	flags.IntVar(&s.rateLimit, "rate-limit", 0, "signed calls per second; over it, 429 with Retry-After (default any number)")
	flags.Func("variant", "another reading of the protocol, repeatable: "+strings.Join(simulator.VariantWords(), ", "), s.variants.Set)
	flags.StringVar(&s.makeCredentials, "make-credentials", "", "write throw-away credentials into this `folder`, print how to use them, and stop")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q: every setting is a flag", flags.Arg(0))
	}
	return s, nil
}

// checkListen refuses addresses that other machines reach.
func (s *settings) checkListen() error {
	host, _, err := net.SplitHostPort(s.listen)
	if err != nil {
		return fmt.Errorf("reading -listen %q: %w", s.listen, err)
	}
	address, err := netip.ParseAddr(host)
	if host == "localhost" || err == nil && address.IsLoopback() || s.allowRemote {
		return nil
	}
	return fmt.Errorf("-listen %s is reachable from other machines, and whoever reaches the simulator can log in as any test person, "+
		"in every app that trusts it; use %s, or add -allow-remote (and -host with the name by which it is called) if that is what you want",
		s.listen, defaultListen)
}

// ownHosts is the address to listen on, where it is one address: to call the simulator by it is no trick.
func (s *settings) ownHosts() []string {
	host, _, err := net.SplitHostPort(s.listen)
	address, parseErr := netip.ParseAddr(host)
	if err != nil || parseErr != nil || address.IsUnspecified() {
		return nil
	}
	return []string{host}
}

func (s *settings) options(getenv func(string) string, log io.Writer) (simulator.Options, error) {
	var none simulator.Options
	if s.clientID == "" || s.cert == "" || len(s.redirectURIs) == 0 {
		return none, errors.New("-client-id, -cert and -redirect-uri are needed; -make-credentials DIR makes a set")
	}
	secret, err := s.secret(getenv)
	if err != nil {
		return none, err
	}
	certificate, err := readCertificate(s.cert)
	if err != nil {
		return none, fmt.Errorf("reading -cert: %w", err)
	}
	callbacks, err := s.callbackClient()
	if err != nil {
		return none, err
	}
	return simulator.Options{
		Clients: []simulator.Client{{
			ID:           s.clientID,
			Secret:       secret,
			Certificate:  certificate,
			RedirectURIs: s.redirectURIs,
			CallbackURIs: s.callbackURIs,
			DirectURI:    s.directURI,
			Scopes:       strings.Fields(s.scope),
		}},
		CodeLife:       s.codeLife,
		RequestLife:    s.requestLife,
		RateLimit:      s.rateLimit,
		CallbackClient: callbacks,
		Variants:       s.variants,
		Hosts:          append(s.hosts, s.ownHosts()...),
		Log:            log,
	}, nil
}

// secret reads the client secret. It is no flag: flags show in the list of processes.
func (s *settings) secret(getenv func(string) string) (string, error) {
	if s.secretFile == "" {
		if secret := getenv(secretVar); secret != "" {
			return secret, nil
		}
		return "", fmt.Errorf("the client secret is needed: -client-secret-file, or the variable %s", secretVar)
	}
	text, err := readBounded(s.secretFile)
	if err != nil {
		return "", fmt.Errorf("reading -client-secret-file: %w", err)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("reading -client-secret-file: %s is empty", s.secretFile)
	}
	return secret, nil
}

// readCertificate reads the first certificate of a PEM file and passes over anything else.
func readCertificate(file string) (*x509.Certificate, error) {
	text, err := readBounded(file)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, fmt.Errorf("%s holds no PEM block CERTIFICATE", file)
}

func readBounded(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", file, maxFile)
	}
	return text, err
}
