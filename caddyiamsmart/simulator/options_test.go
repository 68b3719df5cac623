package simulator_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

func TestWrongOptionsAreRefused(t *testing.T) {
	signer, _ := credentials()
	elsewhere, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	large, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(o *simulator.Options)
		says   string
	}{
		"no clients":      {func(o *simulator.Options) { o.Clients = nil }, "Clients"},
		"two of one ID":   {func(o *simulator.Options) { o.Clients = append(o.Clients, homeClient()) }, "twice"},
		"no ID":           {func(o *simulator.Options) { o.Clients[0].ID = "" }, "the ID"},
		"ID with a blank": {func(o *simulator.Options) { o.Clients[0].ID = "home 1" }, "the ID"},
		"no secret":       {func(o *simulator.Options) { o.Clients[0].Secret = "" }, "secret"},
		"no certificate":  {func(o *simulator.Options) { o.Clients[0].Certificate = nil }, "certificate is missing"},
		"EC certificate": {func(o *simulator.Options) {
			o.Clients[0].Certificate = certificateFor(signer, elsewhere.Public(), later)
		}, "not RSA"},
		"short key":         {func(o *simulator.Options) { o.Clients[0].Certificate = certificateFor(signer, large.Public(), later) }, "1024 bits"},
		"relative redirect": {func(o *simulator.Options) { o.Clients[0].RedirectURIs = []string{"/callback"} }, "absolute"},
		"script redirect":   {func(o *simulator.Options) { o.Clients[0].RedirectURIs = []string{"javascript://x/%0aalert(1)"} }, "http"},
		"fragment":          {func(o *simulator.Options) { o.Clients[0].RedirectURIs = []string{callback + "#x"} }, "fragment"},
		"line end":          {func(o *simulator.Options) { o.Clients[0].RedirectURIs = []string{callback + "?x=\u2028"} }, "ASCII"},
		"unknown scope":     {func(o *simulator.Options) { o.Clients[0].Scopes = []string{"openid"} }, "openid"},
		"nobody":            {func(o *simulator.Options) { o.Persons = []simulator.Person{} }, "nobody"},
		"bad handle":        {func(o *simulator.Options) { o.Persons = []simulator.Person{{Name: "Chan Tai"}} }, "handle"},
		"two of a handle":   {func(o *simulator.Options) { o.Persons = []simulator.Person{{Name: "a"}, {Name: "a"}} }, "twice"},
		"bad user type":     {func(o *simulator.Options) { o.Persons = []simulator.Person{{Name: "a", UserType: "plus"}} }, "user type"},
		"negative life":     {func(o *simulator.Options) { o.CodeLife = -1 }, "CodeLife"},
		"unknown padding":   {func(o *simulator.Options) { o.Variants.Padding = "none" }, "padding"},
	} {
		t.Run(name, func(t *testing.T) {
			options := simulator.Options{Clients: []simulator.Client{homeClient()}}
			c.change(&options)
			if _, err := simulator.New(options); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestPersonsOfATestsOwn(t *testing.T) {
	s := start(t, func(o *simulator.Options) { o.Persons = []simulator.Person{{Name: "own"}} })
	s.sim.Watch(t)
	s.fetchKey()
	token := s.openContent(s.exchange(s.approve("own")))
	if token["userType"] != "default" || token["lastModifiedDate"] == float64(0) {
		t.Errorf("the token is %v", token)
	}
}
