package iamsmart_test

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given a request that iAM Smart would refuse, the error says why, without the values, and nothing is sent.
func TestFaultyRequestsAreNotSent(t *testing.T) {
	ctx := context.Background()
	server := newSmart(t)
	client := server.client(t)
	profile := func(change func(*iamsmart.ProfileRequest)) func() error {
		return func() error {
			r := iamsmart.ProfileRequest{Request: aRequest(), Fields: []iamsmart.Field{iamsmart.FieldNumber}}
			change(&r)
			_, err := client.RequestProfile(ctx, r)
			return err
		}
	}
	form := func(change func(*iamsmart.Form)) func() error {
		return func() error {
			r := iamsmart.FormFillingRequest{Request: aRequest(), Form: aForm()}
			change(&r.Form)
			_, err := client.RequestFormFilling(ctx, r)
			_, anonymous := client.RequestAnonymousFormFilling(ctx, iamsmart.AnonymousFormFillingRequest{BusinessID: "b", Form: r.Form})
			if (err == nil) != (anonymous == nil) {
				t.Errorf("logged in: %v, anonymous: %v", err, anonymous)
			}
			return err
		}
	}
	signing := func(change func(*iamsmart.SigningRequest)) func() error {
		return func() error {
			r := iamsmart.SigningRequest{Request: aRequest(), Document: aDocument(), Hash: aHash}
			change(&r)
			_, err := client.RequestSigning(ctx, r)
			return err
		}
	}
	for _, c := range []struct {
		name string
		call func() error
		says string
	}{
		{"no business ID", profile(func(r *iamsmart.ProfileRequest) { r.ID.BusinessID = "" }), "businessID"},
		{"long business ID", profile(func(r *iamsmart.ProfileRequest) { r.ID.BusinessID = strings.Repeat("g", 37) }), "businessID"},
		{"no state", profile(func(r *iamsmart.ProfileRequest) { r.ID.State = iamsmart.Secret{} }), "state"},
		{"state with a dot", profile(func(r *iamsmart.ProfileRequest) { r.ID.State = iamsmart.NewSecret("geheim.") }), "state"},
		{"no token", profile(func(r *iamsmart.ProfileRequest) { r.AccessToken = iamsmart.Secret{} }), "accessToken"},
		{"no openID", profile(func(r *iamsmart.ProfileRequest) { r.OpenID = iamsmart.OpenID{} }), "openID"},
		{"openID over 255", profile(func(r *iamsmart.ProfileRequest) { r.OpenID = iamsmart.NewOpenID(strings.Repeat("g", 256)) }), "openID"},
		{"unknown source", profile(func(r *iamsmart.ProfileRequest) { r.Source = "Chrome" }), "source"},
		{"unknown language", profile(func(r *iamsmart.ProfileRequest) { r.Language = "fr" }), "lang"},
		{"no address", profile(func(r *iamsmart.ProfileRequest) { r.RedirectURI = "" }), "redirectURI"},
		{"address in http", profile(func(r *iamsmart.ProfileRequest) { r.RedirectURI = "http://geheim.example/x" }), "https"},
		{"address relative", profile(func(r *iamsmart.ProfileRequest) { r.RedirectURI = "/geheim" }), "host"},
		{"address with a fragment", profile(func(r *iamsmart.ProfileRequest) { r.RedirectURI = "https://a.example/#geheim" }), "fragment"},
		{"address with a blank", profile(func(r *iamsmart.ProfileRequest) { r.RedirectURI = "https://a.example/ geheim" }), "URL"},
		{"no field", profile(func(r *iamsmart.ProfileRequest) { r.Fields = nil }), "profileFields is empty"},
		{"field of a form", profile(func(r *iamsmart.ProfileRequest) { r.Fields = []iamsmart.Field{iamsmart.FieldEmail} }), "not known"},
		{"field twice", profile(func(r *iamsmart.ProfileRequest) { r.Fields = append(r.Fields, r.Fields...) }), "twice"},
		{"form without a field", form(func(f *iamsmart.Form) { f.ProfileFields, f.EMEFields = nil, nil }), "both empty"},
		{"form without a name", form(func(f *iamsmart.Form) { f.Name = "" }), "formName"},
		{"form's name too long", form(func(f *iamsmart.Form) { f.Name = strings.Repeat("院", 256) }), "255"},
		{"form's number too long", form(func(f *iamsmart.Form) { f.Number = strings.Repeat("1", 21) }), "formNum"},
		{"form's text too long", form(func(f *iamsmart.Form) { f.Text = strings.Repeat("1", 256) }), "formDesc"},
		{"form's text in two lines", form(func(f *iamsmart.Form) { f.Text = "geheim\n" }), "one line"},
		{"form's text not UTF-8", form(func(f *iamsmart.Form) { f.Text = "\xff" }), "UTF-8"},
		{"form with an unknown field", form(func(f *iamsmart.Form) { f.EMEFields = []iamsmart.Field{"geheim"} }), "not known"},
		{"no hash", signing(func(r *iamsmart.SigningRequest) { r.Hash = nil }), "hashCode"},
		{"huge hash", signing(func(r *iamsmart.SigningRequest) { r.Hash = make([]byte, 65) }), "hashCode"},
		{"SHA-512 signed as it is", signing(func(r *iamsmart.SigningRequest) {
			r.Hash, r.Algorithm = make([]byte, 64), iamsmart.AlgorithmNoneWithRSA
		}), "32 bytes"},
		{"unknown algorithm", signing(func(r *iamsmart.SigningRequest) { r.Algorithm = "MD5withRSA" }), "sigAlgo"},
		{"no signer", signing(func(r *iamsmart.SigningRequest) { r.Document.Signer = iamsmart.Secret{} }), "HKICHash"},
		{"no department", signing(func(r *iamsmart.SigningRequest) { r.Document.Department = "" }), "department"},
		{"no document", signing(func(r *iamsmart.SigningRequest) { r.Document.Name = "" }), "documentName"},
		{"verified e-mail", form(func(f *iamsmart.Form) { f.ProfileFields = []iamsmart.Field{iamsmart.FieldEmail} }), "not known"},
		{"long department", signing(func(r *iamsmart.SigningRequest) { r.Document.Department = strings.Repeat("d", 101) }), "department"},
		{"long service", signing(func(r *iamsmart.SigningRequest) { r.Document.Service = strings.Repeat("d", 256) }), "serviceName"},
		{"long document", signing(func(r *iamsmart.SigningRequest) { r.Document.Name = strings.Repeat("d", 256) }), "documentName"},
		{"signer not a hash", signing(func(r *iamsmart.SigningRequest) { r.Document.Signer = iamsmart.NewSecret("geheim") }), "HKICHash"},
		{"no digest", func() error {
			_, err := client.RequestPDFSigning(ctx, iamsmart.PDFSigningRequest{Request: aRequest(), Document: aDocument()})
			return err
		}, "docDigest"},
		{"result without a token", func() error {
			_, err := client.AnonymousSignature(ctx, iamsmart.ResultRequest{OpenID: iamsmart.NewOpenID("geheim")})
			return err
		}, "accessToken"},
		{"acknowledging with another word", func() error { return client.Acknowledge(ctx, "b", "SR004") }, "SR001"},
		{"acknowledging nothing", func() error { return client.Acknowledge(ctx, "", iamsmart.SignatureAccepted) }, "businessID"},
	} {
		err := c.call()
		if err == nil {
			t.Errorf("%s: it was taken", c.name)
			continue
		}
		want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
		if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "not sent") || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error is %v", c.name, err)
		}
	}
	want(t, "calls", server.count("security/getKey"), 0)
}

// The longest that the documents allow is sent.
func TestLongestRequestIsSent(t *testing.T) {
	server := newSmart(t)
	sent := server.strict(t, "/account/eme/initiateRequest", map[string]any{"authByQR": true})
	r := iamsmart.FormFillingRequest{Request: aRequest(), Form: aForm()}
	r.Form.Name, r.Form.Number, r.Form.Text = strings.Repeat("院", 255), strings.Repeat("1", 20), strings.Repeat("舍", 255)
	r.ID = iamsmart.RequestID{BusinessID: strings.Repeat("b", 36), State: iamsmart.NewSecret(strings.Repeat("s", 36))}
	r.RedirectURI, r.Source, r.Language = "http://127.0.0.1:8080/callback", "", ""
	if _, err := server.client(t).RequestFormFilling(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	want(t, "name", (*sent)["formName"], r.Form.Name)
	want(t, "source", (*sent)["source"], "PC_Browser")
	if _, there := (*sent)["lang"]; there {
		t.Error("an empty language was sent")
	}
}

// Request IDs are fresh, long enough not to be guessed, and hide their state.
func TestRequestIDsAreFresh(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := iamsmart.NewRequestID()
		for _, value := range []string{id.BusinessID, id.State.Reveal()} {
			if raw, err := hex.DecodeString(value); err != nil || len(raw) != 16 || seen[value] {
				t.Fatalf("drew %q", value)
			}
			seen[value] = true
		}
	}
}

// The link opens the app that is configured, and only where a link is known.
func TestAppLink(t *testing.T) {
	client := newSmart(t).client(t)
	testing := newSmart(t).client(t, func(c *iamsmart.Config) {
		c.AppScheme = iamsmart.AppSchemeTesting
		c.AppWords = map[iamsmart.Function]string{iamsmart.FunctionFormFilling: "form-filling"}
	})
	for _, c := range []struct {
		client   *iamsmart.Client
		function iamsmart.Function
		ticket   string
		link     string
	}{
		{client, iamsmart.FunctionProfile, "0af1", "hk.gov.iamsmart://profile?ticketID=0af1"},
		{client, iamsmart.FunctionReauthentication, "0af1", "hk.gov.iamsmart://re-auth?ticketID=0af1"},
		{testing, iamsmart.FunctionSigning, "a+/=", "hk.gov.iamsmart.testapp://hash-sign?ticketID=a%2B%2F%3D"},
		{testing, iamsmart.FunctionFormFilling, "a", "hk.gov.iamsmart.testapp://form-filling?ticketID=a"},
		{client, iamsmart.FunctionFormFilling, "a", ""},
		{client, iamsmart.FunctionGetToken, "a", ""},
		{client, iamsmart.FunctionProfile, "", ""},
		{client, iamsmart.FunctionProfile, "a&b", ""},
	} {
		got, err := c.client.AppLink(c.function, c.ticket)
		want(t, "link", got, c.link)
		want(t, "an error", err != nil, c.link == "")
	}
	for _, change := range []func(*iamsmart.Config){
		func(c *iamsmart.Config) { c.AppScheme = "javascript" },
		func(c *iamsmart.Config) { c.AppScheme = "hk.gov:x" },
		func(c *iamsmart.Config) { c.AppWords = map[iamsmart.Function]string{"profil": "x"} },
		func(c *iamsmart.Config) { c.AppWords = map[iamsmart.Function]string{iamsmart.FunctionProfile: "a?b"} },
	} {
		config := iamsmart.Config{
			APIBase: "https://api.example/api/v1", WebBase: "https://web.example/api/v1", ClientID: "id", ClientSecret: "s",
			Keys: []*iamsmart.Encipherment{ourPair().load(t)},
		}
		change(&config)
		if _, err := iamsmart.New(config); err == nil || !strings.Contains(err.Error(), "app") {
			t.Errorf("the configuration passed, or: %v", err)
		}
	}
}

// Given revokeKey, the key is ended there and forgotten here, even if the call fails.
func TestRevokeKey(t *testing.T) {
	for _, code := range []string{"D00000", "D20006"} {
		server := newSmart(t)
		revoke := says(code, "")
		server.functions["/api/v1/security/revokeKey"] = func(w http.ResponseWriter, r *http.Request) {
			head, body := server.last("security/revokeKey")
			if fault := faultOf(head, body); fault != "" || len(body) != 0 {
				t.Errorf("%s, body %q", fault, body)
			}
			revoke(w, r)
		}
		client := server.client(t)
		if _, err := client.GetToken(context.Background(), aCode); err != nil {
			t.Fatal(err)
		}
		err := client.RevokeKey(context.Background())
		want(t, "an error", err != nil, code != "D00000")
		if _, err := client.GetToken(context.Background(), aCode); err != nil {
			t.Fatal(err)
		}
		want(t, "getKey calls", server.count("security/getKey"), 2)
		want(t, "revokeKey calls", server.count("security/revokeKey"), 1)
	}
}
