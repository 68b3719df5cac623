package iamsmart

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
)

// An anonymous person is one whom the service has not logged in. A request for one gives a ticket; the browser goes to
// [Client.LoginURL] with it, the redirect brings back code, state and business ID, GetToken exchanges the code, and the result
// is fetched with the token, which may be good for that once only. There is no callback from server to server.

// AnonymousFormFillingRequest asks an anonymous person to fill a form. It needs the scope eidapi_formFilling.
type AnonymousFormFillingRequest struct {
	// BusinessID is fresh for each request, as that of NewRequestID. The browser will see it.
	BusinessID string
	Form       Form
	// Language is that of a Request.
	Language string
}

// RequestAnonymousFormFilling begins a form filling and gives its ticket. Every error is an *Error; a faulty request is one of
// KindProtocol, and nothing was sent.
func (c *Client) RequestAnonymousFormFilling(ctx context.Context, r AnonymousFormFillingRequest) (ticketID string, err error) {
	p := parameters{BusinessID: r.BusinessID}
	fault := cmp.Or(p.setLanguage(r.Language), r.Form.into(&p))
	if !wellFormed(r.BusinessID, maxBusinessID, isVisible) {
		fault = errBusinessID
	}
	return c.ticket(ctx, FunctionAnonymousFormFilling, p, fault)
}

// AnonymousRequest is what the signing requests for anonymous people hold. The browser will see the business ID and the state.
type AnonymousRequest struct {
	// BusinessID is fresh for each request, as that of NewRequestID.
	BusinessID string
	// State and RedirectURI are those of the LoginRequest that follows.
	State, RedirectURI string
	// Source and Language are those of a Request.
	Source   Source
	Language string
}

func (r AnonymousRequest) into(p *parameters) error {
	return placing{
		businessID: r.BusinessID, state: r.State, source: r.Source, redirectURI: r.RedirectURI, language: r.Language,
	}.into(p)
}

// AnonymousSigningRequest asks an anonymous person to sign the hash of a document. It needs the scope eidapi_sign.
type AnonymousSigningRequest struct {
	AnonymousRequest
	// Document, Hash and Algorithm are those of a SigningRequest.
	Document  Document
	Hash      []byte
	Algorithm Algorithm
}

// RequestAnonymousSigning begins the signing of a hash and gives its ticket. Errors are those of RequestAnonymousFormFilling.
func (c *Client) RequestAnonymousSigning(ctx context.Context, r AnonymousSigningRequest) (ticketID string, err error) {
	p := parameters{HashCode: r.Hash, SigAlgo: string(r.Algorithm)}
	fault := cmp.Or(r.AnonymousRequest.into(&p), r.Document.into(&p), checkHash(r.Hash, r.Algorithm))
	return c.ticket(ctx, FunctionAnonymousSigning, p, fault)
}

// AnonymousPDFSigningRequest asks an anonymous person to sign a PDF. It needs the scope eidapi_sign.
type AnonymousPDFSigningRequest struct {
	AnonymousRequest
	// Document and Digest are those of a PDFSigningRequest.
	Document Document
	Digest   []byte
}

// RequestAnonymousPDFSigning begins the signing of a PDF and gives its ticket. Errors are those of RequestAnonymousFormFilling.
func (c *Client) RequestAnonymousPDFSigning(ctx context.Context, r AnonymousPDFSigningRequest) (ticketID string, err error) {
	p := parameters{DocDigest: r.Digest}
	fault := cmp.Or(r.AnonymousRequest.into(&p), r.Document.into(&p), checkDigest(r.Digest))
	return c.ticket(ctx, FunctionAnonymousPDFSigning, p, fault)
}

func (c *Client) ticket(ctx context.Context, f Function, p parameters, fault error) (string, error) {
	plain, err := c.send(ctx, f, p, fault)
	if err != nil {
		return "", err
	}
	var content struct {
		TicketID string `json:"ticketID"`
	}
	if json.Unmarshal(plain, &content) != nil || !wellFormed(content.TicketID, maxTicketID, isCodeByte) {
		return "", unreadable(f, errors.New("it has no well-formed ticketID"))
	}
	return content.TicketID, nil
}

// ResultRequest fetches what an anonymous person did. All of it comes with the redirect and its token.
type ResultRequest struct {
	AccessToken Secret
	OpenID      OpenID
	// BusinessID is that of the redirect. Older documents do not send it: leave it empty then.
	BusinessID string
}

// AnonymousFormFilling fetches a filled form. Every error is an *Error; a faulty request is one of KindProtocol, and nothing was
// sent.
func (c *Client) AnonymousFormFilling(ctx context.Context, r ResultRequest) (FormFilling, error) {
	plain, err := c.fetchResult(ctx, FunctionAnonymousFormFillingResult, r)
	if err != nil {
		return FormFilling{}, err
	}
	form, err := readFormFilling(plain)
	if err != nil {
		return FormFilling{}, unreadable(FunctionAnonymousFormFillingResult, err)
	}
	return form, nil
}

// AnonymousSignature fetches a signed hash. Errors are those of AnonymousFormFilling.
func (c *Client) AnonymousSignature(ctx context.Context, r ResultRequest) (Signature, error) {
	plain, err := c.fetchResult(ctx, FunctionAnonymousSigningResult, r)
	if err != nil {
		return Signature{}, err
	}
	signature, err := readSignature(plain)
	if err != nil {
		return Signature{}, unreadable(FunctionAnonymousSigningResult, err)
	}
	return signature, nil
}

// AnonymousPDFSignature fetches a signature for a PDF. Errors are those of AnonymousFormFilling.
func (c *Client) AnonymousPDFSignature(ctx context.Context, r ResultRequest) (PDFSignature, error) {
	plain, err := c.fetchResult(ctx, FunctionAnonymousPDFSigningResult, r)
	if err != nil {
		return PDFSignature{}, err
	}
	signature, err := readPDFSignature(plain)
	if err != nil {
		return PDFSignature{}, unreadable(FunctionAnonymousPDFSigningResult, err)
	}
	return signature, nil
}

func (c *Client) fetchResult(ctx context.Context, f Function, r ResultRequest) ([]byte, error) {
	p := parameters{AccessToken: r.AccessToken.Reveal(), OpenID: r.OpenID.Reveal(), BusinessID: r.BusinessID}
	fault := checkToken(p.AccessToken, p.OpenID)
	if r.BusinessID != "" && !wellFormed(r.BusinessID, maxBusinessID, isVisible) {
		fault = errBusinessID
	}
	plain, err := c.send(ctx, f, p, fault)
	if err != nil {
		return nil, err
	}
	content, err := readContent(plain)
	if err != nil {
		return nil, unreadable(f, err)
	}
	if content.businessID != "" && r.BusinessID != "" && sameText(content.businessID, r.BusinessID) != 1 {
		return nil, unreadable(f, errors.New("it is that of another request"))
	}
	return content.plain, nil
}
