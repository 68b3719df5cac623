package caddyiamsmart_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// rewriting passes the callbacks of iAM Smart on as change makes them, and keeps the
// bodies in caught.
type rewriting struct {
	w      *world
	change func(content map[string]any)
	caught [][]byte
}

func (c *rewriting) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if c.change != nil {
		if body, err = c.rewrite(body); err != nil {
			return nil, err
		}
	}
	c.caught = append(c.caught, body)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return http.DefaultTransport.RoundTrip(r)
}

func (c *rewriting) rewrite(body []byte) ([]byte, error) {
	var envelope map[string]any
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, err
	}
	var key *rsa.PrivateKey
	for rest := []byte(c.w.read("encipherment.pem")); key == nil; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("no key")
		}
		if private, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			key = private.(*rsa.PrivateKey)
		}
	}
	wrapped, err := base64.StdEncoding.DecodeString(envelope["secretKey"].(string))
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 this is how iAM Smart wraps it
	cek, err := rsa.DecryptPKCS1v15(nil, key, wrapped)
	if err != nil {
		return nil, err
	}
	sealed, err := base64.StdEncoding.DecodeString(envelope["content"].(string))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	head := 4 + aead.NonceSize()
	text, err := aead.Open(nil, sealed[4:head], sealed[head:], nil)
	if err != nil {
		return nil, err
	}
	var whole map[string]any
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	content := whole
	if inner, ok := whole["content"].(map[string]any); ok {
		content = inner
	}
	c.change(content)
	if text, err = json.Marshal(whole); err != nil {
		return nil, err
	}
	// The same nonce twice does no harm to a key that a test throws away.
	envelope["content"] = base64.StdEncoding.EncodeToString(aead.Seal(sealed[:head:head], sealed[4:head], text, nil))
	return json.Marshal(envelope)
}

// interposed is a world whose callbacks go through c.
func interposed(t testing.TB, s site, c *rewriting) *world {
	t.Helper()
	s.Simulator.CallbackClient = &http.Client{Transport: c}
	c.w = newWorld(t, s)
	return c.w
}

// Attack T59: whatever comes of a request but a yes, nothing is linked, the page says
// what it was, and the person may go on.
func TestT59NothingComesOfANo(t *testing.T) {
	for decision, says := range map[string]string{
		"reject": "You cancelled or declined", "timeout": "No confirmation came in time", "fail": "iAM Smart",
	} {
		t.Run(decision, func(t *testing.T) {
			staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
			w := newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes})
			b := w.firstTime("chan")
			b.asksNumber()
			w.answers("chan", decision)
			p := b.visit("/iamsmart/link/wait")
			if p.StatusCode < 400 {
				t.Errorf("status %d", p.StatusCode)
			}
			p.want(t, p.StatusCode, says, "Ref")
			w.nobody(b)
			b.visit(p.linkTo("Back")).want(t, 200, "First login")
			b.visit("/iamsmart/link/wait").want(t, 200, "First login")
			b.yes(b.byNumber("chan").want(t, 200, "KChan")).want(t, 200, "has been linked")
		})
	}
}

// Attack T59: an answer without a number, or with another kind of one, finds nobody,
// also where the records have people without a number.
func TestT59AnAnswerWithoutANumber(t *testing.T) {
	for name, c := range map[string]struct {
		id   any
		says string
	}{
		"none":          {nil, "No matching account"},
		"empty":         {map[string]any{"Identification": "", "CheckDigit": ""}, "No matching account"},
		"blank":         {map[string]any{"Identification": "  ", "CheckDigit": ""}, "No matching account"},
		"brackets only": {map[string]any{"Identification": "()", "CheckDigit": ""}, "No matching account"},
		"a digit only":  {map[string]any{"Identification": "", "CheckDigit": "1"}, ""},
		"very long":     {map[string]any{"Identification": strings.Repeat("A1", 50), "CheckDigit": "1"}, ""},
		"a list":        {[]any{"Z000001"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			staff := staffFile(t, employee{login: "none", card: ""})
			c2 := &rewriting{change: func(content map[string]any) {
				delete(content, "idNo")
				if c.id != nil {
					content["idNo"] = c.id
				}
			}}
			w := interposed(t, site{Gate: byNumber + "header_up X-Gender {iamsmart.gender}\n", Accounts: staff.block(), Scopes: profileScopes,
				Announced: []string{"callback-refused"}}, c2)
			b := w.firstTime("chan")
			b.asksNumber()
			if err := w.sim.Decide(w.phone("chan").ID, "approve"); err != nil {
				t.Fatal(err)
			}
			w.sim.Settle(10 * time.Second)
			p := b.visit("/iamsmart/link/wait")
			if c.says != "" {
				p.want(t, 403, c.says)
			}
			if strings.Contains(p.body, "Is this your account?") {
				t.Errorf("it finds somebody:\n%s", p.body)
			}
			w.nobody(b)
		})
	}
}

// Attack T59: the answer to one person's request is no answer to another's, nor
// anything the second time, nor after its request is over.
func TestT59AnswersOfOthersAndOfBefore(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")}, employee{login: "Wong", card: card(t, "Z000002")})
	c := &rewriting{}
	w := interposed(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes, Announced: []string{"callback-refused"}}, c)
	again := func(status int) {
		t.Helper()
		got, _, err := send(w.Gate+"/iamsmart/callback/profile", "application/json", c.caught[0])
		if got != status || err != nil {
			t.Errorf("sent once more: %d, %v", got, err)
		}
	}
	// Given two people who are asked at the same time,
	chan_, wong := w.firstTime("chan"), w.firstTime("wong")
	chan_.asksNumber()
	wong.asksNumber()
	// when one has answered, and the answer is sent again and again,
	w.answers("chan", "approve")
	again(200)
	// then the other still waits.
	wong.visit("/iamsmart/link/wait").want(t, 200, "Waiting for your answer")
	first := chan_.visit("/iamsmart/link/wait").want(t, 200, "Is this your account?", "KChan")
	again(400) // it has been taken, and is nothing any more
	// Nor does it answer what the same person is asked the next time.
	chan_.submit(first, "/iamsmart/link", url.Values{"answer": {"no"}})
	chan_.asksNumber()
	again(400)
	chan_.visit("/iamsmart/link/wait").want(t, 200, "Waiting for your answer")
	// The pages of one person know nothing of the other's.
	wong.visit("/iamsmart/link").want(t, 200, "Waiting for your answer")
	w.answers("wong", "approve")
	wong.yes(wong.visit("/iamsmart/link/wait").want(t, 200, "Wong"))
	chan_.visit("/iamsmart/link/wait").want(t, 200, "Waiting for your answer")
	if p := wong.visit("/"); p.user() != "Wong" {
		t.Errorf("greeted as %q", p.user())
	}
}

// Attack T59: after the person has cancelled, has asked anew, has logged in anew or has
// said "not now", an answer from before is nobody's, and nothing of it is kept.
func TestT59AnAnswerThatComesTooLate(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	for name, end := range map[string]func(b *browser, wait *shown){
		"cancelled": func(b *browser, wait *shown) {
			b.submit(wait, "/iamsmart/link", url.Values{"step": {"cancelwait"}}).want(t, 200, "First login")
		},
		"asked anew": func(b *browser, wait *shown) {
			token := url.Values{"token": {hidden(b.visit("/iamsmart/link/wait"), "token")}, "step": {"cancelwait"}}
			b.follow(b.ask(http.MethodPost, b.w.Gate+"/iamsmart/link", token, nil))
			b.asksNumber()
		},
		"logged in anew": func(b *browser, _ *shown) {
			b.at = ""
			b.login("chan", "approve").want(t, 200, "First login")
		},
		"logged in anew elsewhere": func(b *browser, _ *shown) { b.w.browser().login("chan", "approve").want(t, 200, "First login") },
		"not now": func(b *browser, wait *shown) {
			b.submit(wait, "/iamsmart/link", url.Values{"step": {"cancelwait"}})
			b.submit(b.visit("/iamsmart/link"), "/iamsmart/link", url.Values{"step": {"cancel"}}).want(t, 200, "logged out")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes, Announced: []string{"callback-refused"}})
			b := w.firstTime("chan")
			wait := b.asksNumber()
			old := w.phone("chan").ID
			end(b, wait)
			if err := w.sim.Decide(old, "approve"); err != nil {
				t.Fatal(err)
			}
			w.sim.Settle(10 * time.Second)
			if got := w.statuses(); len(got) == 0 || got[0] != http.StatusBadRequest {
				t.Errorf("the answer was taken: %v", got)
			}
			if p := b.visit("/iamsmart/link/wait"); strings.Contains(p.body, "KChan") {
				t.Errorf("it is shown:\n%s", p.body)
			}
			want := map[string]int{"asked anew": 1}[name]
			if n := w.rows("requests"); n != want {
				t.Errorf("%d requests are kept", n)
			}
			w.nobody(b)
		})
	}
}

// A request that was not answered in time is told as such, and its row is swept.
func TestT59ARequestThatIsOver(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	w := newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes, Announced: []string{"callback-refused"}})
	b := w.firstTime("chan")
	b.asksNumber()
	w.behind(`UPDATE requests SET expires = 1`)
	p := b.visit("/iamsmart/link/wait").want(t, 403, "No confirmation came in time")
	b.visit(p.linkTo("Back")).want(t, 200, "First login")
	w.nobody(b)
}

// Given two tabs that wait, when the answer is there, then one finds the account and
// the other shows the same; and both may be asked at the same time.
func TestASecondTabThatWaits(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	w := newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes})
	b := w.firstTime("chan")
	b.asksNumber()
	second := w.carrying(b.cookies["localhost"])
	second.at = b.at
	second.visit("/iamsmart/link/wait").want(t, 200, "Waiting for your answer")
	w.answers("chan", "approve")
	b.visit("/iamsmart/link/wait").want(t, 200, "Is this your account?", "KChan")
	p := second.visit("/iamsmart/link/wait").want(t, 200, "Is this your account?", "KChan")
	second.yes(p).want(t, 200, "has been linked")
	b.visit("/iamsmart/link/wait").want(t, 403, "No confirmation came in time") // the session is in the other's cookies here
}

// Attack T51, T52: who comes after somebody at the same computer finds nothing of the
// number, the account or the wait of the person before.
func TestT51T52TheNextPersonDoesNotInherit(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	// Nobody waits any more for what the person before answers later.
	w := newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes, Announced: []string{"callback-refused"}})
	b := w.firstTime("chan")
	confirm := b.byNumber("chan").want(t, 200, "Is this your account?", "KChan")
	b.at = ""
	b.login("wong", "approve").want(t, 200, "First login")
	if p := b.visit("/iamsmart/link/wait"); strings.Contains(p.body, "KChan") {
		t.Error("the next person sees the account")
	}
	b.at = w.Gate + "/iamsmart/link"
	b.yes(confirm).want(t, 403, "out of date")
	w.nobody(b)

	// The same while the person before is still asked: their answer is taken no more.
	b = w.firstTime("chan")
	ask := b.visit("/iamsmart/link?way=hkic")
	wait := b.asksNumber()
	b.at = ""
	b.login("wong", "approve").want(t, 200, "First login")
	w.answers("chan", "approve")
	if got := w.statuses(); len(got) == 0 || got[len(got)-1] != http.StatusBadRequest {
		t.Errorf("the answer was taken: %v", got)
	}
	b.visit("/iamsmart/link/wait").want(t, 200, "First login")
	b.at = w.Gate + "/iamsmart/link"
	b.submit(ask, "/iamsmart/link", url.Values{"step": {"hkic"}}).want(t, 403, "out of date")
	b.submit(wait, "/iamsmart/link", url.Values{"step": {"cancelwait"}}).want(t, 403, "out of date")
	b.byNumber("wong").want(t, 403, "No matching account")
	w.nobody(b)
}

// Attack T53: the account of the number is linked to somebody else already: told, an
// alarm, nothing changed. Twenty answers at once make one link.
func TestT53TheAccountOfTheNumberIsTaken(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	w := newWorld(t, site{Gate: english + "link password hkic\n", Accounts: staff.block(), Scopes: profileScopes})
	thief := w.arrive("wong", "kchan", "correct horse")
	b := w.firstTime("chan")
	p := b.byNumber("chan").want(t, 409, "already linked to someone else", "Ref")
	if !strings.Contains(w.log(), "alarm_account_taken") {
		t.Error("no alarm")
	}
	b.visit(p.linkTo("Back")).want(t, 200, "First login")
	w.nobody(b)
	if p := thief.visit("/"); p.user() != "KChan" {
		t.Errorf("the other is now %q", p.user())
	}
}

// Attack T55, T56: no other site can have a person asked, cancel a wait or say yes; and
// none can show the pages in a frame.
func TestT55T56OtherSites(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	w := newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes})
	b := w.firstTime("chan")
	foreign := func(p *shown, step string) {
		t.Helper()
		fields := url.Values{"token": {hidden(p, "token")}, "step": {step}, "answer": {"yes"}}
		for name, mend := range map[string]func(*http.Request){
			"cross-site": with(map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}),
			"same-site":  with(map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://evil.localhost"}),
			"text/plain": with(map[string]string{"Content-Type": "text/plain"}),
			"no token":   nil,
		} {
			send := fields
			if mend == nil {
				send = url.Values{"step": {step}, "answer": {"yes"}}
			}
			if p := b.ask(http.MethodPost, w.Gate+"/iamsmart/link", send, mend); p.StatusCode < 400 {
				t.Errorf("%s %s: %d to %q", name, step, p.StatusCode, p.Header.Get("Location"))
			}
		}
		if h := p.Header; h.Get("X-Frame-Options") != "DENY" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s may be framed: %v", step, h)
		}
	}
	ask := b.visit("/iamsmart/link?way=hkic")
	foreign(ask, "hkic")
	if n := len(w.sim.Waiting()); n != 0 {
		t.Errorf("%d requests on the phone", n)
	}
	wait := b.asksNumber()
	foreign(wait, "cancelwait")
	w.answers("chan", "approve")
	confirm := b.visit("/iamsmart/link/wait").want(t, 200, "KChan")
	foreign(confirm, "confirm")
	w.nobody(b)
}

// Given records that do not answer, when a number is looked for, then the page says so,
// nothing is linked, no try is used up, and it works once they are back.
func TestTheRecordsAreAway(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	w := newWorld(t, site{Gate: byNumber + "link_tries 1\n", Accounts: staff.block(), Scopes: profileScopes})
	b := w.firstTime("chan")
	b.asksNumber()
	staff.exec(`ALTER TABLE staff RENAME TO away`)
	w.answers("chan", "approve")
	p := b.visit("/iamsmart/link/wait").want(t, 502, "cannot be checked now", "Ref")
	if strings.Contains(w.log(), "Z000001") || p.linkTo("Back") == "" {
		t.Error("no way on, or the number is in the log")
	}
	w.nobody(b)
	staff.exec(`ALTER TABLE away RENAME TO staff`)
	w.asIf(`UPDATE pendings SET expires = 1`) // only the link-up itself counts it
	b.at = ""
	b.login("chan", "approve").want(t, 200, "First login")
	b.yes(b.byNumber("chan").want(t, 200, "KChan")).want(t, 200, "has been linked")
}

// Given iAM Smart that does not take the question, then the page says so and no try is
// used up.
func TestIAmSmartCannotBeAskedForTheNumber(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	w := newWorld(t, site{Gate: byNumber + "link_tries 2\n", Accounts: staff.block(), Scopes: profileScopes})
	b := w.firstTime("chan")
	if err := w.sim.Inject("account/auth/profile/initiateRequest", simulator.Fault{Code: "D10001"}, 1); err != nil {
		t.Fatal(err)
	}
	p := b.submit(b.visit("/iamsmart/link?way=hkic"), "/iamsmart/link", url.Values{"step": {"hkic"}})
	if p.StatusCode < 500 {
		t.Errorf("status %d\n%s", p.StatusCode, p.body)
	}
	b.visit(p.linkTo("Back")).want(t, 200, "First login")
	if n := w.rows("tries WHERE scope <> 0"); n != 0 {
		t.Errorf("%d tries count", n)
	}
	b.yes(b.byNumber("chan").want(t, 200, "KChan")).want(t, 200, "has been linked")
}

// Given link_last iamsmart, when the account was found by the number, then the yes is
// a second approval of the same person, which asks for no more than that.
func TestLinkLastIAmSmartAfterTheNumber(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	w := newWorld(t, site{Gate: byNumber + "link_last iamsmart\n", Accounts: staff.block(), Scopes: profileScopes})
	b := w.firstTime("chan")
	confirm := b.byNumber("chan").want(t, 200, "Is this your account?", "KChan", "Login with iAM Smart")
	b.ask(http.MethodPost, w.Gate+"/iamsmart/link", url.Values{"token": {hidden(confirm, "token")}, "step": {"confirm"}, "answer": {"yes"}}, nil)
	w.nobody(b)
	b.at = w.Gate + "/iamsmart/link"
	confirm = b.visit("/iamsmart/link")
	away := b.press(confirm, "/iamsmart/link", url.Values{"device": {"this"}})
	to, err := url.Parse(away.Header.Get("Location"))
	if err != nil || to.Query().Get("scope") != "eidapi_auth" {
		t.Errorf("the approval asks for %q", to.Query().Get("scope"))
	}
	if b.follow(b.approve(confirm, "chan", "approve")).want(t, 200, "has been linked", "KChan"); b.visit("/").user() != "KChan" {
		t.Errorf("greeted as %q", b.visit("/").user())
	}
	// Another person's approval links nobody.
	staff.exec(`INSERT INTO staff VALUES (50, 'Wong', NULL, 1, '` + card(t, "Z000002") + `', NULL, NULL)`)
	b = w.firstTime("wong")
	confirm = b.byNumber("wong").want(t, 200, "Wong")
	b.follow(b.approve(confirm, "testa", "approve")).want(t, 403)
	w.nobody(b)
}
