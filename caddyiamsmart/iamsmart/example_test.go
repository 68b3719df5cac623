package iamsmart_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// A person logs in and allows a service to read who they are. The simulator stands in for iAM Smart and for the person.
func Example() {
	// The service: one address for browsers that come back, one for callbacks from server to server.
	callbacks := make(chan iamsmart.Incoming, 1)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, iamsmart.MaxCallback))
		if err != nil {
			return
		}
		callbacks <- iamsmart.Incoming{ContentType: r.Header.Get("Content-Type"), Body: body, Pending: true}
	}))
	defer service.Close()
	back, callback := service.URL+"/login", service.URL+"/callback"

	// What the portal knows of it.
	file, certificate := enciphermentFile()
	smart, err := simulator.New(simulator.Options{Clients: []simulator.Client{{
		ID: "records", Secret: "only for this example", Certificate: certificate, RedirectURIs: []string{back},
		CallbackURIs: []string{callback}, Scopes: []string{iamsmart.ScopeAuth, iamsmart.ScopeProfiles},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(smart)
	defer server.Close()

	// The client, made once.
	keys, err := iamsmart.LoadEncipherment(file, "")
	if err != nil {
		log.Fatal(err)
	}
	client, err := iamsmart.New(iamsmart.Config{
		APIBase: server.URL + "/api/v1", WebBase: server.URL + "/api/v1",
		ClientID: "records", ClientSecret: "only for this example", Keys: []*iamsmart.Encipherment{keys},
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	// The browser goes to iAM Smart and comes back with a code.
	login := client.LoginURL(iamsmart.LoginRequest{
		RedirectURI: back, State: "kept-in-a-cookie", Scopes: []string{iamsmart.ScopeAuth, client.ProfileScope()},
	})
	answer, err := iamsmart.ParseRedirect(approve(server.URL, login, "chan"))
	if err != nil || answer.State != "kept-in-a-cookie" {
		log.Fatal("not this browser's login: ", err)
	}
	token, err := client.GetToken(ctx, answer.Code)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("openID:", token.OpenID)

	// The service asks for the profile. The person logged in by scanning, so iAM Smart asks them on their phone.
	id := iamsmart.NewRequestID()
	started, err := client.RequestProfile(ctx, iamsmart.ProfileRequest{
		Request: iamsmart.Request{ID: id, AccessToken: token.AccessToken, OpenID: token.OpenID, RedirectURI: callback},
		Fields:  []iamsmart.Field{iamsmart.FieldNumber, iamsmart.FieldEnglishName, iamsmart.FieldBirthDate},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("on their phone:", started.AuthByQR)
	if err := smart.Decide(smart.Waiting()[0].ID, "approve"); err != nil {
		log.Fatal(err)
	}

	// The callback counts if it opens and answers this very request.
	got, err := client.OpenCallback(ctx, <-callbacks)
	if err != nil {
		log.Fatal(err)
	}
	if !id.Matches(got) {
		log.Fatal("not the answer to this request")
	}
	profile, err := got.Profile()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("name:", profile.EnglishName.Reveal())
	fmt.Println("for the log:", profile.EnglishName, profile.Number)
	fmt.Println("mistakes against the protocol:", len(smart.Violations()))

	// Output:
	// openID: [redacted]
	// on their phone: true
	// name: CHAN, Test Siu Ming
	// for the log: [redacted] [redacted]
	// mistakes against the protocol: 0
}

// approve plays a browser and the person before it: it opens the login page, has the person approve, and gives the query with
// which the browser is sent back.
func approve(server, login, person string) url.Values {
	return decide(server, login, url.Values{"person": {person}, "decision": {"approve"}})
}

// decide presses the buttons of the login page.
func decide(server, login string, decision url.Values) url.Values {
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(login)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), `name="request" value="`)
	request, _, _ := strings.Cut(rest, `"`)
	decision.Set("request", request)
	response, err = browser.PostForm(server+"/simulator/decide", decision)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	address, err := response.Location()
	if err != nil {
		log.Fatal(err)
	}
	return address.Query()
}

// enciphermentFile makes a certificate with its key. A real one comes from a recognised authority.
func enciphermentFile() (file []byte, certificate *x509.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	if certificate, err = x509.ParseCertificate(der); err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	_ = pem.Encode(&out, &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return out.Bytes(), certificate
}
