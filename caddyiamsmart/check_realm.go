package caddyiamsmart

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

const (
	smartWithin = 10 * time.Second // for an answer of iAM Smart
	clockWarns  = 60               // seconds; a good clock is right to one
	clockLimit  = 300              // seconds that signed calls may be off
)

// checkRealm looks at the credentials of a realm, and starts to look at the way
// to iAM Smart.
func (c *checked) checkRealm(ctx context.Context, name string) part {
	realm := c.app.Realms[name]
	p := part{title: partRealm.of(name)}
	switch realm.Environment {
	case "ite":
		p.findings = append(p.findings, realmTest.of())
	case "simulator":
		p.findings = append(p.findings, realmSimulator.of())
	}
	p.findings = append(p.findings, secretFindings("client_secret", realm.ClientSecret)...)
	p.findings = append(p.findings, protocolFindings(realm)...)
	p.findings = append(p.findings, certificateFindings(realm.EnciphermentCerts, time.Now())...)
	if api, web, err := realm.bases(); err == nil {
		p.later = append(p.later, soon(ctx, askingSmart.of(int(smartWithin/time.Second)), func(ctx context.Context) []finding {
			return smartFindings(ctx, api, web)
		}))
	}
	return p
}

// protocolFindings lists what a realm has chosen otherwise than by default, and
// what of it weakens the gate.
func protocolFindings(realm *Realm) (found []finding) {
	if realm.Protocol == nil {
		return nil
	}
	for _, option := range iamsmart.Options() {
		if word := option.Get(*realm.Protocol); word != option.Default() {
			found = append(found, protocolChosen.of(option.Name, word, option.Default()))
		}
	}
	if realm.Protocol.CallbackCEK == "own" {
		found = append(found, callbackOwn.of())
	}
	if realm.direct {
		found = append(found, directOn.of())
	}
	return found
}

// secretFindings says where a secret comes from, and who else can read it.
func secretFindings(option, value string) []finding {
	if literal(value) {
		return []finding{secretLiteral.of(option)}
	}
	placeholders := accounts.Placeholders(value)
	found := []finding{secretElsewhere.of(option, strings.Join(placeholders, " "))}
	for _, placeholder := range placeholders {
		if file, ok := strings.CutPrefix(strings.Trim(placeholder, "{}"), "file."); ok {
			found = append(found, readableFindings(secretReadable, file)...)
		}
	}
	return found
}

// readableFindings is that kind where everybody can read the file.
func readableFindings(k kind, file string) []finding {
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm()&0o007 == 0 || !modesCount {
		return nil
	}
	return []finding{k.of(file, modeOf(info))}
}

func modeOf(info os.FileInfo) string { return fmt.Sprintf("%04o", info.Mode().Perm()) }

// certificateFindings looks at the encipherment certificates. That the key fits
// was seen when they were loaded.
func certificateFindings(certs []EnciphermentCert, now time.Time) (found []finding) {
	inForce := false
	kinds := make([]kind, len(certs))
	values := make([][]any, len(certs))
	for i, cert := range certs {
		file, pair, err := loadCertificate(cert)
		if err != nil { // it was there a moment ago
			continue
		}
		c := pair.Certificate()
		day, left := pair.NotAfter(), pair.NotAfter().Sub(now)
		switch {
		case now.Before(c.NotBefore):
			kinds[i], day = certEarly, c.NotBefore
		case left <= 0:
			kinds[i] = certEnded
		case left < certWarning:
			kinds[i], inForce = certSoon, true
		default:
			kinds[i], inForce = certGood, true
		}
		values[i] = []any{file, pair.Bits(), day.Local().Format(time.DateOnly), int(left.Hours() / 24)}
		if cert.Password != "" && literal(cert.Password) {
			found = append(found, secretLiteral.of("encipherment_cert: password"))
		}
		found = append(found, readableFindings(secretReadable, file)...)
	}
	for i, k := range kinds {
		if values[i] == nil {
			continue
		}
		if k.line == certEnded.line && inForce {
			k = certOld
		}
		found = append(found, k.of(values[i]...))
	}
	return found
}

func loadCertificate(cert EnciphermentCert) (file string, pair *iamsmart.Encipherment, err error) {
	if file, err = resolve(cert.File); err != nil {
		return "", nil, err
	}
	password, err := resolve(cert.Password)
	if err != nil {
		return "", nil, err
	}
	data, err := readBounded(file, maxCertFile)
	if err != nil {
		return "", nil, err
	}
	pair, err = iamsmart.LoadEncipherment(data, password)
	return file, pair, err
}

// smartFindings asks both hosts of iAM Smart for nothing in particular: that
// they answer is enough, and the answer holds the time.
func smartFindings(ctx context.Context, api, web string) []finding {
	date, cause := answerOf(ctx, api)
	if cause != nil {
		found := []finding{smartUnreached.of("api_base", hostOf(api), *cause)}
		return append(append(found, webFindings(ctx, api, web)...), clockUnknown.of())
	}
	found := append([]finding{smartReached.of("api_base", hostOf(api))}, webFindings(ctx, api, web)...)
	return append(found, clockFinding(date))
}

func webFindings(ctx context.Context, api, web string) []finding {
	if hostOf(api) == hostOf(web) {
		return nil
	}
	if _, cause := answerOf(ctx, web); cause != nil {
		return []finding{webUnreached.of("web_base", hostOf(web), *cause)}
	}
	return []finding{smartReached.of("web_base", hostOf(web))}
}

// clockFinding judges how far this machine's clock is off; a date in an answer
// is right to a second.
func clockFinding(off *time.Duration) finding {
	if off == nil {
		return clockUnknown.of()
	}
	seconds := max(1, int(math.Ceil(off.Abs().Seconds())))
	switch {
	case seconds >= clockLimit:
		return clockWrong.of(seconds)
	case seconds >= clockWarns:
		return clockOff.of(seconds)
	}
	return clockRight.of(seconds)
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// answerOf asks a host for its front page, by the way that calls go. It returns
// how far the clocks differ, nil where the answer has no date, or why there is no
// answer.
func answerOf(ctx context.Context, base string) (off *time.Duration, cause *phrase) {
	ctx, cancel := context.WithTimeout(ctx, smartWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, hostOf(base)+"/", nil)
	if err != nil {
		return nil, &causeOther
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	began := time.Now()
	answer, err := client.Do(request)
	if err != nil {
		return nil, causeOf(err)
	}
	defer answer.Body.Close()
	middle := began.Add(time.Since(began) / 2)
	_, _ = io.CopyN(io.Discard, answer.Body, 1<<10)
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return nil, nil
	}
	difference := middle.Round(0).Truncate(time.Second).Sub(date)
	return &difference, nil
}

// causeOf says in our own words why there was no answer: the texts of errors may
// hold what the other side sent, or the password of a proxy.
func causeOf(err error) *phrase {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var network *net.OpError
	var slow net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.As(err, &slow) && slow.Timeout():
		return &causeTimeout
	case errors.As(err, &name):
		return &causeName
	case errors.As(err, &certificate):
		return &causeCertificate
	case isRefused(err):
		return &causeRefused
	case errors.As(err, &network):
		return &causeNetwork
	}
	return &causeOther
}
