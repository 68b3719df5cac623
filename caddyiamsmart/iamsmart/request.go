package iamsmart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxRedirectURI bounds an address within a request, in bytes.
const maxRedirectURI = 2000

// Request is what every request for a person who is logged in holds.
type Request struct {
	// ID is fresh for each request: see NewRequestID.
	ID RequestID
	// AccessToken and OpenID are those of the person's Token.
	AccessToken Secret
	OpenID      OpenID
	// Source is the browser that the person sits at. Empty means SourcePC.
	Source Source
	// RedirectURI is where iAM Smart sends the callback, from server to server: exactly as registered in the portal.
	RedirectURI string
	// Language of what the person reads in the app: en-US, zh-HK or zh-CN. Empty leaves it to iAM Smart.
	Language string
}

// parameters is the JSON of all requests; each fills what it has.
type parameters struct {
	BusinessID    string  `json:"businessID,omitempty"`
	AccessToken   string  `json:"accessToken,omitempty"`
	OpenID        string  `json:"openID,omitempty"`
	Source        Source  `json:"source,omitempty"`
	RedirectURI   string  `json:"redirectURI,omitempty"`
	State         string  `json:"state,omitempty"`
	Language      string  `json:"lang,omitempty"`
	FormName      string  `json:"formName,omitempty"`
	FormNumber    string  `json:"formNum,omitempty"`
	FormText      string  `json:"formDesc,omitempty"`
	ProfileFields []Field `json:"profileFields,omitempty"`
	EMEFields     []Field `json:"eMEFields,omitempty"`
	HashCode      []byte  `json:"hashCode,omitempty"` // the encoder writes bytes as Base64
	DocDigest     []byte  `json:"docDigest,omitempty"`
	SigAlgo       string  `json:"sigAlgo,omitempty"`
	HKICHash      string  `json:"HKICHash,omitempty"`
	Department    string  `json:"department,omitempty"`
	ServiceName   string  `json:"serviceName,omitempty"`
	DocumentName  string  `json:"documentName,omitempty"`
	SigningResult string  `json:"signingResult,omitempty"`
}

// into puts a request's own part into the parameters.
func (r Request) into(p *parameters) error {
	p.AccessToken, p.OpenID = r.AccessToken.Reveal(), r.OpenID.Reveal()
	if err := checkToken(p.AccessToken, p.OpenID); err != nil {
		return err
	}
	return placing{
		businessID: r.ID.BusinessID, state: r.ID.State.Reveal(), source: r.Source, redirectURI: r.RedirectURI, language: r.Language,
	}.into(p)
}

var errBusinessID = errors.New("businessID is empty, over 36 bytes, or not visible ASCII")

func checkToken(accessToken, openID string) error {
	if !wellFormed(accessToken, maxAccessToken, isVisible) {
		return errors.New("accessToken is empty, too long, or not visible ASCII")
	}
	if !wellFormed(openID, maxOpenID, isVisible) {
		return errors.New("openID is empty, over 255 bytes, or not visible ASCII")
	}
	return nil
}

// placing is what a request says of itself and of where the person is, whether logged in or not.
type placing struct {
	businessID, state     string
	source                Source
	redirectURI, language string
}

func (l placing) into(p *parameters) error {
	if l.source == "" {
		l.source = SourcePC
	}
	switch {
	case !wellFormed(l.businessID, maxBusinessID, isVisible):
		return errBusinessID
	case !wellFormed(l.state, maxState, isStateByte):
		return errors.New("state is empty, over 36 bytes, or holds other characters than A-Z a-z 0-9 _ -")
	case !slices.Contains(sources, l.source):
		return errors.New("source is none that iAM Smart knows")
	}
	if err := checkRedirectURI(l.redirectURI); err != nil {
		return err
	}
	p.BusinessID, p.State, p.Source, p.RedirectURI = l.businessID, l.state, l.source, l.redirectURI
	return p.setLanguage(l.language)
}

func (p *parameters) setLanguage(language string) error {
	if language != "" && language != "en-US" && language != "zh-HK" && language != "zh-CN" {
		return errors.New("lang is neither en-US, zh-HK nor zh-CN")
	}
	p.Language = language
	return nil
}

func checkRedirectURI(text string) error {
	address, err := url.Parse(text)
	switch {
	case err != nil || !wellFormed(text, maxRedirectURI, isVisible):
		return errors.New("redirectURI is empty, too long, or not a URL")
	case address.Host == "" || address.User != nil || strings.Contains(text, "#"):
		return errors.New("redirectURI has no host, or holds a user name or a fragment")
	case address.Scheme != "https" && !(address.Scheme == "http" && loopback(address.Hostname())):
		return errors.New("redirectURI does not begin with https://")
	}
	return nil
}

// checkLine checks a text that the person reads in the app: at most longest characters in one line. It may be empty.
func checkLine(name, text string, longest int) error {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > longest || strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%s has over %d characters, more than one line, or is not UTF-8", name, longest)
	}
	return nil
}

// send makes a request's call, unless a check found a fault in it.
func (c *Client) send(ctx context.Context, f Function, p parameters, fault error) ([]byte, error) {
	if fault != nil {
		return nil, notSent(f, fault)
	}
	if c.caller.protocol.RedirectURI == "encoded" && p.RedirectURI != "" {
		p.RedirectURI = percentEncoded(p.RedirectURI)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.callSealed(ctx, f, p)
}

func notSent(f Function, fault error) *Error {
	return &Error{Kind: KindProtocol, Op: string(f), Err: fmt.Errorf("the request was not sent: %w", fault)}
}

func unreadable(f Function, cause error) *Error {
	return &Error{Kind: KindProtocol, Op: string(f), Err: fmt.Errorf("reading answer: %w", cause)}
}

// Started is a request that iAM Smart has taken on. Its end comes as a callback, 18 minutes later at most: after that it counts
// as failed.
type Started struct {
	// AuthByQR tells that the person logged in by scanning: the phone is another device, and iAM Smart notifies it. They are
	// asked to open the app. Otherwise they sit at that phone, and TicketID opens the app: see [Client.AppLink].
	AuthByQR bool
	// TicketID is empty where AuthByQR.
	TicketID string
}

// maxTicketID is in bytes; samples have 32.
const maxTicketID = 256

// begin makes a request and reads its answer.
func (c *Client) begin(ctx context.Context, f Function, p parameters, fault error) (Started, error) {
	plain, err := c.send(ctx, f, p, fault)
	if err != nil {
		return Started{}, err
	}
	started, err := readStarted(plain)
	if err != nil {
		return Started{}, unreadable(f, err)
	}
	return started, nil
}

func readStarted(plain []byte) (Started, error) {
	var content struct {
		AuthByQR json.RawMessage `json:"authByQR"`
		TicketID string          `json:"ticketID"`
	}
	if json.Unmarshal(plain, &content) != nil {
		return Started{}, errNotDocumented
	}
	if isTrue(content.AuthByQR) {
		return Started{AuthByQR: true}, nil
	}
	if !wellFormed(content.TicketID, maxTicketID, isCodeByte) {
		return Started{}, errors.New("it says neither authByQR nor a well-formed ticketID")
	}
	return Started{TicketID: content.TicketID}, nil
}

var errNotDocumented = errors.New("it is not the documented JSON")

// isTrue tells true and "true" from everything else: which of them comes is not documented.
func isTrue(raw json.RawMessage) bool { return string(raw) == "true" || string(raw) == `"true"` }
