package iamsmart_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

const jsonType = "application/json"

// aProfile is the content of a profile's callback for the request of aRequest.
func aProfile() map[string]any {
	return map[string]any{
		"businessID": "business-1", "state": "state-1",
		"idNo":   map[string]any{"Identification": "A123456", "CheckDigit": "3"},
		"enName": map[string]any{"UnstructuredName": "SAN, Chi Nan"}, "chName": map[string]any{"ChineseName": "辛智能"},
		"birthDate": "19900105", "gender": "F",
	}
}

// callback makes the body of a callback, sealed with key; secretKey is what stands beside it.
func callback(key []byte, secretKey, code string, content any) []byte {
	body := map[string]any{"txID": "<T=0123>", "code": code, "message": "text of the server", "secretKey": secretKey}
	switch content := content.(type) {
	case nil:
	case string:
		body["content"] = content // as it is
	default:
		plain, _ := json.Marshal(content)
		body["content"] = sealByHand(key, plain)
	}
	raw, _ := json.Marshal(body)
	return raw
}

func incoming(body []byte) iamsmart.Incoming {
	return iamsmart.Incoming{ContentType: jsonType, Body: body}
}

// afterLogin is a client that holds the content key of the server.
func (s *smart) afterLogin(t testing.TB, change ...func(*iamsmart.Config)) *iamsmart.Client {
	t.Helper()
	client := s.client(t, change...)
	if _, err := client.GetToken(context.Background(), aCode); err != nil {
		t.Fatal(err)
	}
	return client
}

func ownKey(c *iamsmart.Config) { c.Protocol.CallbackCEK = "own" }

// Given a profile that a person allowed, in each of the three wrappings and under either option, it is read and it matches.
func TestCallbackBringsAProfile(t *testing.T) {
	inner, _ := json.Marshal(aProfile())
	for name, content := range map[string]any{
		"bare": aProfile(), "in content": map[string]any{"content": aProfile()}, "in content, as text": map[string]any{"content": string(inner)},
		"in content, more beside it": map[string]any{"content": aProfile(), "new": 1},
	} {
		for _, option := range []string{"match", "own"} {
			t.Run(name+", "+option, func(t *testing.T) {
				server := newSmart(t)
				client := server.afterLogin(t, func(c *iamsmart.Config) { c.Protocol.CallbackCEK = option })
				key, secretKey := server.cek, "not Base64, and not looked at"
				if option == "own" {
					key = randomBytes(32)
					secretKey = wrapByHand(&ourPair().private.PublicKey, key)
				}
				got, err := client.OpenCallback(context.Background(), incoming(callback(key, secretKey, "D00000", content)))
				if err != nil {
					t.Fatal(err)
				}
				want(t, "matches", aRequest().ID.Matches(got), true)
				profile, err := got.Profile()
				if err != nil {
					t.Fatal(err)
				}
				want(t, "number", profile.Number.Canonical(), "A1234563")
				want(t, "name", profile.EnglishName.Reveal()+profile.ChineseName.Reveal(), "SAN, Chi Nan辛智能")
				want(t, "gender", profile.Gender.Reveal(), "F")
				year, month, day := profile.BirthDate.Date()
				want(t, "birth date", fmt.Sprint(year, int(month), day), "1990 1 5")
				want(t, "getKey calls", server.count("security/getKey"), 1)
			})
		}
	}
}

// Given a request that came to nothing, the callback tells why, whatever little it holds beside its business ID.
func TestCallbackBringsAFailure(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	for code, kind := range map[string]iamsmart.Kind{
		"D50001": iamsmart.KindDenied, "D50002": iamsmart.KindFailed, "M50003": iamsmart.KindTimedOut, "D60000": iamsmart.KindDenied,
		"D70004": iamsmart.KindNotAllowed, "D70005": iamsmart.KindMismatch, "D80001": iamsmart.KindDenied, "D12345": iamsmart.KindFailed,
	} {
		for _, content := range []map[string]any{{"businessID": "business-1"}, {"businessID": "business-1", "state": "state-1"}} {
			got, err := client.OpenCallback(context.Background(), incoming(callback(server.cek, "", code, content)))
			if err != nil {
				t.Fatal(err)
			}
			want(t, "kind of "+code, got.Failure.Kind, kind)
			want(t, "matches", aRequest().ID.Matches(got), true)
			_, profile := got.Profile()
			_, form := got.FormFilling()
			passed, again := got.Reauthentication()
			_, signature := got.Signature()
			_, pdf := got.PDFSignature()
			for _, err := range []error{profile, form, again, signature, pdf} {
				want(t, "reader's error", asError(t, err).Kind, kind)
			}
			want(t, "passed", passed, false)
		}
	}
}

// Whatever is wrong with a callback, the error is of one kind and tells nothing of what came.
func TestT59BadCallbacksAreRefusedAlike(t *testing.T) {
	server := newSmart(t)
	matching, owning := server.afterLogin(t), server.client(t, ownKey)
	wrapped := wrapByHand(&ourPair().private.PublicKey, server.cek)
	good := callback(server.cek, wrapped, "D00000", aProfile())
	with := func(name string, value any) []byte {
		content := aProfile()
		content[name] = value
		return callback(server.cek, wrapped, "D00000", content)
	}
	for _, c := range []struct {
		name, contentType string
		body              []byte
	}{
		{"nothing", jsonType, nil},
		{"no JSON", jsonType, []byte("geheim")},
		{"an array", jsonType, []byte("[]")},
		{"null", jsonType, []byte("null")},
		{"two objects", jsonType, append(append([]byte{}, good...), good...)},
		{"deep", jsonType, []byte(strings.Repeat(`{"content":`, 20_000))},
		{"a form", "application/x-www-form-urlencoded", good},
		{"multipart", "multipart/form-data; boundary=x", good},
		{"no content type", "", good},
		{"no code", jsonType, callback(server.cek, wrapped, "", aProfile())},
		{"a code of another kind", jsonType, callback(server.cek, wrapped, "geheim", aProfile())},
		{"success of another letter", jsonType, callback(server.cek, wrapped, "S00000", aProfile())},
		{"no content", jsonType, callback(server.cek, wrapped, "D00000", nil)},
		{"a failure without content", jsonType, callback(server.cek, wrapped, "D50001", nil)},
		{"empty content", jsonType, callback(server.cek, wrapped, "D00000", "")},
		{"content not Base64", jsonType, callback(server.cek, wrapped, "D00000", "geheim!")},
		{"content too short", jsonType, callback(server.cek, wrapped, "D00000", "AAAADA==")},
		{"vector of another length", jsonType, callback(server.cek, wrapped, "D00000",
			base64.StdEncoding.EncodeToString(append([]byte{0, 0, 0, 16}, make([]byte, 64)...)))},
		{"content in clear", jsonType, []byte(`{"code":"D00000","content":{"businessID":"business-1","state":"state-1"}}`)},
		{"another key", jsonType, callback(randomBytes(32), wrapped, "D00000", aProfile())},
		{"a bit changed", jsonType, callback(server.cek, wrapped, "D00000", flip(sealByHand(server.cek, []byte(`{}`)), 40))},
		{"clear text no JSON", jsonType, callback(server.cek, wrapped, "D00000", sealByHand(server.cek, []byte("geheim")))},
		{"clear text null", jsonType, callback(server.cek, wrapped, "D00000", sealByHand(server.cek, []byte("null")))},
		{"wrapped twice", jsonType, callback(server.cek, wrapped, "D00000",
			map[string]any{"content": map[string]any{"content": aProfile()}})},
		{"wrapped, a business ID beside it", jsonType, callback(server.cek, wrapped, "D00000",
			map[string]any{"content": aProfile(), "businessID": "business-1"})},
		{"wrapped text no JSON", jsonType, callback(server.cek, wrapped, "D00000", map[string]any{"content": "geheim"})},
		{"wrapped number", jsonType, callback(server.cek, wrapped, "D00000", map[string]any{"content": 7})},
		{"no business ID", jsonType, with("businessID", "")},
		{"no state", jsonType, with("state", "")},
		{"business ID a number", jsonType, with("businessID", 7)},
		{"business ID too long", jsonType, with("businessID", strings.Repeat("geheim", 7))},
		{"state of markup", jsonType, with("state", "<geheim>")},
		{"too large", jsonType, append(good, make([]byte, 1<<20)...)},
	} {
		for option, client := range map[string]*iamsmart.Client{"match": matching, "own": owning} {
			got, err := client.OpenCallback(context.Background(), iamsmart.Incoming{ContentType: c.contentType, Body: c.body})
			if err == nil {
				t.Errorf("%s, %s: it opened", c.name, option)
				continue
			}
			failure := asError(t, err)
			want(t, c.name+": kind", failure.Kind, iamsmart.KindProtocol)
			want(t, c.name+": operation", failure.Op, "callback")
			want(t, c.name+": what the server wrote", failure.ServerMessage+failure.TxID, "")
			want(t, c.name+": business ID", got.BusinessID, "")
			if strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "business-1") || len(err.Error()) > 200 {
				t.Errorf("%s: the error is %v", c.name, err)
			}
		}
	}
	_, err := matching.OpenCallback(context.Background(), incoming(callback(randomBytes(32), wrapped, "D00000", aProfile())))
	want(t, "names the option", strings.Contains(err.Error(), "callback_cek"), true)
	_, err = owning.OpenCallback(context.Background(), incoming(callback(server.cek, "", "D00000", aProfile())))
	want(t, "names the option", strings.Contains(err.Error(), "callback_cek"), true)
	if _, err := matching.OpenCallback(context.Background(), incoming(good)); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// A large callback passes only where the caller expects a file.
func TestLargeCallbacks(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	content := aProfile()
	content["addressDocFile"] = map[string]any{"docFile": base64.StdEncoding.EncodeToString(randomBytes(3 << 20))}
	in := incoming(callback(server.cek, "", "D00000", content))
	_, err := client.OpenCallback(context.Background(), in)
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
	in.Large = true
	got, err := client.OpenCallback(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	form, err := got.FormFilling()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "bytes of the file", len(form.AddressFile.PDF.Reveal()), 3<<20)
	in.Body = append(in.Body, make([]byte, 10<<20)...)
	_, err = client.OpenCallback(context.Background(), in)
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
}

// Only the very business ID and state that were sent match; a failure may lack its state.
func TestT59OnlyTheRightCallbackMatches(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	open := func(code string, business, state string) iamsmart.Callback {
		content := map[string]any{"businessID": business, "state": state}
		if state == "" {
			delete(content, "state")
		}
		got, err := client.OpenCallback(context.Background(), incoming(callback(server.cek, "", code, content)))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	id := iamsmart.RequestID{BusinessID: "b", State: iamsmart.NewSecret("s")}
	for _, c := range []struct {
		id      iamsmart.RequestID
		got     iamsmart.Callback
		matches bool
	}{
		{id, open("D00000", "b", "s"), true},
		{id, open("D50001", "b", "s"), true},
		{id, open("D50001", "b", ""), true},
		{id, open("D00000", "b", "S"), false},
		{id, open("D00000", "B", "s"), false},
		{id, open("D00000", "bs", "s"), false},
		{id, open("D50001", "b", "x"), false},
		{id, open("D50001", "x", ""), false},
		{id, iamsmart.Callback{}, false},
		{id, iamsmart.Callback{BusinessID: "b"}, false}, // a success that lacks its state, had it been let through
		{iamsmart.RequestID{}, iamsmart.Callback{}, false},
		{iamsmart.RequestID{BusinessID: "b"}, open("D50001", "b", ""), false},
		{iamsmart.NewRequestID(), open("D00000", "b", "s"), false},
	} {
		want(t, "matches", c.id.Matches(c.got), c.matches)
	}
}

// However a callback and what it brings are printed, the person does not show.
func TestCallbackRedactsItself(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	content := maps.Clone(aProfile())
	content["emailAddress"] = "secret@example.com"
	got, err := client.OpenCallback(context.Background(), incoming(callback(server.cek, "", "D00000", content)))
	if err != nil {
		t.Fatal(err)
	}
	form, err := got.FormFilling()
	if err != nil {
		t.Fatal(err)
	}
	type wrapper struct {
		callback iamsmart.Callback
		form     iamsmart.FormFilling
		number   iamsmart.HKIC
	}
	asJSON, err := json.Marshal(map[string]any{"callback": got, "form": form, "number": form.Number})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{string(asJSON), got.String(), form.Number.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{got, &got, form, &form, form.Number, form.BirthDate, wrapper{got, form, form.Number}, aRequest()} {
			shown = append(shown, fmt.Sprintf(verb, value))
		}
	}
	for _, text := range shown {
		for _, secret := range []string{"A123456", "SAN", "辛智能", "1990", "secret@", "state-1", "b3BlbklE", "0011223344"} {
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%q shows in %.300s", secret, text)
			}
		}
	}
}
