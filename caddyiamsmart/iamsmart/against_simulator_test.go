package iamsmart_test

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// trial is a service that speaks with the simulator: two programs that share no code.
type trial struct {
	t         *testing.T
	options   map[string]string
	sim       *simulator.Simulator
	url       string
	client    *iamsmart.Client
	callbacks chan iamsmart.Incoming
	back      string // where browsers come back
	callback  string
}

// newTrial sets the simulator's variants by words, and the client's options.
func newTrial(t *testing.T, options map[string]string, variants ...string) *trial {
	t.Helper()
	tr := &trial{t: t, options: options, callbacks: make(chan iamsmart.Incoming, 10)}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		tr.callbacks <- iamsmart.Incoming{ContentType: r.Header.Get("Content-Type"), Body: body, Pending: true}
		tr.client.Reply(w, true)
	}))
	t.Cleanup(service.Close)
	tr.back, tr.callback = service.URL+"/login", service.URL+"/callback?a=%2F&b=1"
	setup := simulator.Options{Clients: []simulator.Client{{
		ID: clientID, Secret: clientSecret, Certificate: ourPair().certificate, RedirectURIs: []string{tr.back},
		CallbackURIs: []string{tr.callback}, DirectURI: service.URL + "/direct", Scopes: everyScope,
	}}}
	for _, word := range variants {
		if err := setup.Variants.Set(word); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if tr.sim, err = simulator.New(setup); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(tr.sim)
	t.Cleanup(server.Close)
	tr.url = server.URL
	config := iamsmart.Config{
		APIBase: server.URL + "/api/v1", WebBase: server.URL + "/api/v1", ClientID: clientID, ClientSecret: clientSecret,
		Keys: []*iamsmart.Encipherment{ourPair().load(t)},
	}
	for _, option := range iamsmart.Options() {
		if word, given := options[option.Name]; given {
			if err := option.Set(&config.Protocol, word); err != nil {
				t.Fatal(err)
			}
		}
	}
	if tr.client, err = iamsmart.New(config); err != nil {
		t.Fatal(err)
	}
	return tr
}

var everyScope = []string{
	iamsmart.ScopeAuth, iamsmart.ScopeProfiles, iamsmart.ScopeFormFilling, iamsmart.ScopeSign, iamsmart.ScopeFR,
}

// comeBack has a person who may sign approve at the login page, with a ticket or without.
func (tr *trial) comeBack(ticket string, scopes ...string) iamsmart.Redirect {
	tr.t.Helper()
	if len(scopes) == 0 {
		scopes = everyScope
	}
	login := tr.client.LoginURL(iamsmart.LoginRequest{RedirectURI: tr.back, State: "state-of-the-flow", Scopes: scopes, TicketID: ticket})
	answer, err := iamsmart.ParseRedirect(approve(tr.url, login, "wong"))
	if err != nil {
		tr.t.Fatal(err)
	}
	return answer
}

func (tr *trial) token(answer iamsmart.Redirect) iamsmart.Token {
	tr.t.Helper()
	token, err := tr.client.GetToken(context.Background(), answer.Code)
	if err != nil {
		tr.t.Fatal(err)
	}
	return token
}

func (tr *trial) request(token iamsmart.Token) iamsmart.Request {
	return iamsmart.Request{
		ID: iamsmart.NewRequestID(), AccessToken: token.AccessToken, OpenID: token.OpenID, RedirectURI: tr.callback, Language: "en-US",
	}
}

// decided has the person end the one request that waits, and gives its callback.
func (tr *trial) decided(started iamsmart.Started, err error, id iamsmart.RequestID, decision string) iamsmart.Callback {
	tr.t.Helper()
	if err != nil {
		tr.t.Fatal(err)
	}
	want(tr.t, "by QR", started, iamsmart.Started{AuthByQR: true})
	if err := tr.sim.Decide(tr.sim.Waiting()[0].ID, decision); err != nil {
		tr.t.Fatal(err)
	}
	got, err := tr.client.OpenCallback(context.Background(), tr.next())
	if err != nil {
		tr.t.Fatal(err)
	}
	want(tr.t, "matches", id.Matches(got), true)
	return got
}

func (tr *trial) next() iamsmart.Incoming {
	tr.t.Helper()
	tr.sim.Settle(10 * time.Second)
	select {
	case in := <-tr.callbacks:
		return in
	case <-time.After(10 * time.Second):
		tr.t.Fatal("no callback came")
		return iamsmart.Incoming{}
	}
}

// readings are what the simulator is set to, together, and the client with it.
var readings = []struct {
	variants string
	options  map[string]string
}{
	{"", nil},
	{"paths-account strict-spelling ordered-timestamps", nil},
	{"paths-sister sister-dialect", map[string]string{"paths": "sister"}},
	{"raw-signature-only getkey-object", map[string]string{"signature_encoding": "raw", "getkey_body": "object"}},
	{"oaep-sha1 pubkey-pkcs1", map[string]string{"key_padding": "oaep-sha1"}},
	{"oaep-sha256 base64-key pubkey-certificate", map[string]string{"key_padding": "oaep-sha256", "key_text": "base64"}},
	{"base64-key", nil},
	{"absolute-expiry", map[string]string{"expires_in": "absolute"}},
	{"extra-fields error-status", map[string]string{"expires_in": "duration", "key_text": "raw"}},
	{"redirect-encoded", map[string]string{"redirect_uri": "encoded"}},
	{"redirect-plain bare-callback", nil},
	{"fresh-callback-key", map[string]string{"callback_cek": "own"}},
	{"fresh-callback-key base64-key bare-callback", map[string]string{"callback_cek": "own"}},
	{"fresh-callback-key oaep-sha256", map[string]string{"callback_cek": "own", "key_padding": "oaep-sha256"}},
}

// Given a stand-in for iAM Smart that was written apart from this package and notes every mistake, each function works under
// each reading of the protocol that both sides are set to, and no mistake is made.
func TestEveryFunctionUnderEveryReading(t *testing.T) {
	for _, c := range readings {
		t.Run(strings.ReplaceAll(c.variants, " ", ","), func(t *testing.T) {
			tr := newTrial(t, c.options, strings.Fields(c.variants)...)
			tr.sim.Watch(t)
			everyFunction(tr)
			anonymousFunctions(tr)
			if err := tr.client.RevokeKey(context.Background()); err != nil {
				t.Error(err)
			}
			tr.token(tr.comeBack(""))
		})
	}
}

func everyFunction(tr *trial) {
	t, ctx := tr.t, context.Background()
	token := tr.token(tr.comeBack(""))

	profile := iamsmart.ProfileRequest{Request: tr.request(token), Fields: []iamsmart.Field{
		iamsmart.FieldNumber, iamsmart.FieldEnglishName, iamsmart.FieldChineseName, iamsmart.FieldBirthDate, iamsmart.FieldGender,
	}}
	started, err := tr.client.RequestProfile(ctx, profile)
	person, err := tr.decided(started, err, profile.ID, "approve").Profile()
	if err != nil || person.Number.Canonical() == "" || person.EnglishName.Reveal() == "" {
		t.Fatalf("profile: %v", err)
	}

	form := iamsmart.FormFillingRequest{Request: tr.request(token), Form: aForm()}
	started, err = tr.client.RequestFormFilling(ctx, form)
	filled, err := tr.decided(started, err, form.ID, "approve").FormFilling()
	if err != nil || filled.Number.Canonical() != person.Number.Canonical() {
		t.Errorf("form filling: %v", err)
	}
	form.ID = iamsmart.NewRequestID()
	started, err = tr.client.RequestFormFilling(ctx, form)
	want(t, "refused", tr.decided(started, err, form.ID, "reject").Failure.Kind, iamsmart.KindDenied)

	again := iamsmart.ReauthenticationRequest{Request: tr.request(token)}
	started, err = tr.client.RequestReauthentication(ctx, again)
	passed, err := tr.decided(started, err, again.ID, "approve").Reauthentication()
	if err != nil || !passed {
		t.Errorf("re-authentication: %v, %v", passed, err)
	}

	document, hash := tr.document(person.Number)
	signing := iamsmart.SigningRequest{Request: tr.request(token), Document: document, Hash: hash}
	started, err = tr.client.RequestSigning(ctx, signing)
	signature, err := tr.decided(started, err, signing.ID, "approve").Signature()
	if err != nil || !signature.Covers(hash) || signature.Time.IsZero() {
		t.Errorf("signing: %v", err)
	}
	if err := tr.client.Acknowledge(ctx, signing.ID.BusinessID, iamsmart.SignatureAccepted); err != nil {
		t.Error(err)
	}
	pdf := iamsmart.PDFSigningRequest{Request: tr.request(token), Document: document, Digest: hash}
	started, err = tr.client.RequestPDFSigning(ctx, pdf)
	if _, err := tr.decided(started, err, pdf.ID, "approve").PDFSignature(); err != nil {
		t.Error(err)
	}
}

func (tr *trial) document(number iamsmart.HKIC) (iamsmart.Document, []byte) {
	document := aDocument()
	document.Signer = iamsmart.HKICHash(number)
	sum := sha256.Sum256([]byte("a document"))
	return document, sum[:]
}

func anonymousFunctions(tr *trial) {
	t, ctx := tr.t, context.Background()
	result := func(ticket string, err error) iamsmart.ResultRequest {
		if err != nil {
			t.Fatal(err)
		}
		answer := tr.comeBack(ticket)
		token := tr.token(answer)
		return iamsmart.ResultRequest{AccessToken: token.AccessToken, OpenID: token.OpenID, BusinessID: answer.BusinessID}
	}
	own := func() iamsmart.AnonymousRequest {
		return iamsmart.AnonymousRequest{
			BusinessID: iamsmart.NewRequestID().BusinessID, State: "state-of-the-flow", RedirectURI: tr.back,
		}
	}
	asked := iamsmart.AnonymousFormFillingRequest{BusinessID: iamsmart.NewRequestID().BusinessID, Form: aForm()}
	form, err := tr.client.AnonymousFormFilling(ctx, result(tr.client.RequestAnonymousFormFilling(ctx, asked)))
	if err != nil || form.Number.Canonical() == "" {
		t.Fatalf("anonymous form filling: %v", err)
	}
	document, hash := tr.document(form.Number)
	signature, err := tr.client.AnonymousSignature(ctx, result(tr.client.RequestAnonymousSigning(ctx,
		iamsmart.AnonymousSigningRequest{AnonymousRequest: own(), Document: document, Hash: hash})))
	if err != nil || !signature.Covers(hash) {
		t.Errorf("anonymous signing: %v", err)
	}
	_, err = tr.client.AnonymousPDFSignature(ctx, result(tr.client.RequestAnonymousPDFSigning(ctx,
		iamsmart.AnonymousPDFSigningRequest{AnonymousRequest: own(), Document: document, Digest: hash})))
	if err != nil {
		t.Errorf("anonymous signing of a PDF: %v", err)
	}
}

// direct logs a person in who starts in the app.
func direct(tr *trial) error {
	tr.t.Helper()
	address, err := tr.sim.Address(simulator.DirectLogin{Client: clientID, Person: "wong"})
	if err != nil {
		tr.t.Fatal(err)
	}
	target, err := url.Parse(address)
	if err != nil {
		tr.t.Fatal(err)
	}
	answer, err := iamsmart.ParseDirectRedirect(target.Query())
	if err != nil {
		tr.t.Fatal(err)
	}
	_, err = tr.client.GetDirectToken(context.Background(), answer.Code, "")
	return err
}
