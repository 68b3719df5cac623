package iamsmart_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given a person who starts in the app, the option decides what is sent with their code, if anything is.
func TestGetDirectToken(t *testing.T) {
	for _, c := range []struct {
		option, verifier string
		sent             map[string]any // nil: nothing
	}{
		{"off", "", nil},
		{"", "", nil},
		{"plain", "", map[string]any{}},
		{"plain", "v", map[string]any{}},
		{"marked", "", map[string]any{"isDirectLogin": true}},
		{"marked", "verif-ier", map[string]any{"isDirectLogin": true, "code_verifier": "verif-ier"}},
		{"marked", "<b>", nil},
	} {
		server := newSmart(t)
		sent := server.strict(t, "/auth/getToken", aToken())
		client := server.client(t, func(config *iamsmart.Config) { config.Protocol.DirectLogin = c.option })
		token, err := client.GetDirectToken(context.Background(), aCode, c.verifier)
		if c.sent == nil {
			want(t, "calls", server.count("security/getKey")+server.count("auth/getToken"), 0)
			want(t, "names the option", strings.Contains(err.Error(), "direct_login"), c.option != "marked")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		want(t, "openID", token.OpenID.Reveal(), "b3BlbklE%2Bopaque%3D")
		c.sent["code"], c.sent["grantType"] = aCode, "authorization_code"
		want(t, "parameters", *sent, c.sent)
	}
}

// Only where the marks may be the trouble does the error name the option, and never for an ordinary login.
func TestDirectLoginsErrorsNameTheOption(t *testing.T) {
	for code, named := range map[string]bool{
		"D20001": true, "D20002": true, "D20003": true, "D40004": true, "M40004": true, "D20006": false, "D40000": false,
	} {
		server := newSmart(t)
		server.getToken = says(code, "")
		client := server.client(t, func(c *iamsmart.Config) { c.Protocol.DirectLogin = "marked" })
		_, err := client.GetDirectToken(context.Background(), aCode, "")
		want(t, code+" names it", strings.Contains(err.Error(), "direct_login"), named)
		_, err = client.GetToken(context.Background(), aCode)
		want(t, code+" of a login names it", strings.Contains(err.Error(), "direct_login"), false)
	}
}

// The redirect of a direct login has a code and no state, or a reason.
func TestParseDirectRedirect(t *testing.T) {
	for _, c := range []struct {
		query     string
		code, ref string
		kind      iamsmart.Kind
	}{
		{"code=" + aCode, aCode, "", 0},
		{"code=" + aCode + "&RefID=R-1&x=1", aCode, "R-1", 0},
		{"error_code=D40001&RefID=R-1", "", "R-1", iamsmart.KindDenied},
		{"error_code=D40003", "", "", iamsmart.KindTimedOut},
		{"", "", "", iamsmart.KindProtocol},
		{"RefID=R-1", "", "", iamsmart.KindProtocol},
		{"code=" + aCode + "&state=s", "", "", iamsmart.KindProtocol},
		{"code=" + aCode + "&state=", "", "", iamsmart.KindProtocol},
		{"code=" + aCode + "&error_code=D40000", "", "", iamsmart.KindProtocol},
		{"code=a&code=b", "", "", iamsmart.KindProtocol},
		{"code=%3Cb%3E", "", "", iamsmart.KindProtocol},
		{"code=a&RefID=%3Cb%3E", "", "", iamsmart.KindProtocol},
		{"code=a&RefID=" + strings.Repeat("r", 129), "", "", iamsmart.KindProtocol},
		{"error_code=D00000", "", "", iamsmart.KindProtocol},
		{"error_code=oops", "", "", iamsmart.KindProtocol},
	} {
		query, _ := url.ParseQuery(c.query)
		got, err := iamsmart.ParseDirectRedirect(query)
		want(t, "code of "+c.query, got.Code, c.code)
		want(t, "reference of "+c.query, got.RefID, c.ref)
		if c.kind == 0 && err == nil {
			continue
		}
		failure := asError(t, err)
		want(t, "kind of "+c.query, failure.Kind, c.kind)
		want(t, "operation", failure.Op, "direct redirect")
	}
}

// The redirect of an anonymous person brings the business ID of the request, in good and in bad.
func TestRedirectOfAnAnonymousPerson(t *testing.T) {
	for query, kind := range map[string]iamsmart.Kind{
		"code=" + aCode + "&state=s&businessID=b-1": 0, "state=s&businessID=b-1": iamsmart.KindDenied,
		"error_code=D60003&state=s&businessID=b-1": iamsmart.KindTimedOut,
	} {
		values, _ := url.ParseQuery(query)
		got, err := iamsmart.ParseRedirect(values)
		want(t, "business ID", got.BusinessID, "b-1")
		if err != nil || kind != 0 {
			want(t, "kind", kindOf(t, err), kind)
		}
	}
	for _, bad := range []string{"&businessID=", "&businessID=a%0Ab", "&businessID=a&businessID=a", "&businessID=" + strings.Repeat("b", 37)} {
		values, _ := url.ParseQuery("code=" + aCode + "&state=s" + bad)
		got, err := iamsmart.ParseRedirect(values)
		want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
		want(t, "redirect", got, iamsmart.Redirect{})
	}
}
