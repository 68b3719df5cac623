package iamsmart_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given a login request, the address says it the way the documents do.
func TestLoginURL(t *testing.T) {
	const start = "https://web.example/api/v1/auth/getQR?clientID=test-client&responseType=code"
	const redirect = "&redirectURI=https%3A%2F%2Fapp.example%2Fiamsmart%2Fcallback"
	request := iamsmart.LoginRequest{RedirectURI: "https://app.example/iamsmart/callback", State: "abc_DEF-123", Scopes: []string{iamsmart.ScopeAuth}}
	for _, c := range []struct {
		name   string
		change func(*iamsmart.LoginRequest)
		want   string
	}{
		{"least", func(*iamsmart.LoginRequest) {}, start + "&source=PC_Browser" + redirect + "&scope=eidapi_auth&state=abc_DEF-123"},
		{"PC, Chinese, broker page has no effect", func(r *iamsmart.LoginRequest) {
			r.Source, r.Language, r.BrokerPage = iamsmart.SourcePC, "zh-HK", true
		}, start + "&source=PC_Browser" + redirect + "&scope=eidapi_auth&lang=zh-HK&state=abc_DEF-123"},
		{"phone, two scopes, broker page", func(r *iamsmart.LoginRequest) {
			r.Source, r.Language, r.BrokerPage = iamsmart.SourceIOSSafari, "en-US", true
			r.Scopes = []string{iamsmart.ScopeAuth, "eidapi_profiles"}
		}, start + "&source=iOS_Safari" + redirect + "&scope=eidapi_auth%20eidapi_profiles&lang=en-US&state=abc_DEF-123&brokerPage=true"},
		{"phone without broker page", func(r *iamsmart.LoginRequest) { r.Source = iamsmart.SourceAndroidChrome },
			start + "&source=Android_Chrome" + redirect + "&scope=eidapi_auth&state=abc_DEF-123"},
		{"a value cannot add a parameter", func(r *iamsmart.LoginRequest) { r.State = "a&scope=b+c d" },
			start + "&source=PC_Browser" + redirect + "&scope=eidapi_auth&state=a%26scope%3Db%2Bc%20d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := request
			c.change(&changed)
			got := newSmart(t).client(t).LoginURL(changed)
			want(t, "address", got, c.want)
			if strings.Contains(got, "secret") {
				t.Error("the client secret is in the address")
			}
			if _, err := url.Parse(got); err != nil {
				t.Error(err)
			}
		})
	}
}

// A configuration that cannot work, or is not safe, is refused with the name of its fault and without its secret.
func TestConfigIsChecked(t *testing.T) {
	good := iamsmart.Config{
		APIBase: "https://api.example/api/v1", WebBase: "https://web.example/api/v1/", ClientID: "id", ClientSecret: clientSecret,
		Keys: []*iamsmart.Encipherment{ourPair().load(t)},
	}
	for _, c := range []struct {
		name   string
		change func(*iamsmart.Config)
		fault  string
	}{
		{"good", func(*iamsmart.Config) {}, ""},
		{"loopback name", func(c *iamsmart.Config) { c.APIBase = "http://localhost:8080/api/v1" }, ""},
		{"loopback v4", func(c *iamsmart.Config) { c.APIBase = "http://127.8.0.1:80/api/v1" }, ""},
		{"loopback v6", func(c *iamsmart.Config) { c.WebBase = "http://[::1]:80/x" }, ""},
		{"http", func(c *iamsmart.Config) { c.APIBase = "http://api.example/api/v1" }, "API base"},
		{"http on a private address", func(c *iamsmart.Config) { c.APIBase = "http://10.0.0.1/api/v1" }, "API base"},
		{"http on a name like loopback", func(c *iamsmart.Config) { c.WebBase = "http://localhost.evil.example" }, "web base"},
		{"no scheme", func(c *iamsmart.Config) { c.WebBase = "web.example/api/v1" }, "web base"},
		{"empty", func(c *iamsmart.Config) { c.WebBase = "" }, "web base"},
		{"no path", func(c *iamsmart.Config) { c.APIBase = "https://api.example/" }, "API base"},
		{"other scheme", func(c *iamsmart.Config) { c.WebBase = "ftp://web.example" }, "web base"},
		{"user name", func(c *iamsmart.Config) { c.APIBase = "https://u:geheim@api.example" }, "API base"},
		{"query", func(c *iamsmart.Config) { c.APIBase = "https://api.example/?geheim" }, "API base"},
		{"empty fragment", func(c *iamsmart.Config) { c.APIBase = "https://api.example/#" }, "API base"},
		{"port alone", func(c *iamsmart.Config) { c.APIBase = "https://:443/" }, "API base"},
		{"control character", func(c *iamsmart.Config) { c.APIBase = "https://geheim\x01" }, "API base"},
		{"no client ID", func(c *iamsmart.Config) { c.ClientID = "" }, "client ID"},
		{"client ID with a line end", func(c *iamsmart.Config) { c.ClientID = "a\r\nX: y" }, "client ID"},
		{"no secret", func(c *iamsmart.Config) { c.ClientSecret = "" }, "client secret"},
		{"secret with a line end", func(c *iamsmart.Config) { c.ClientSecret = "geheim\n" }, "client secret"},
		{"no key", func(c *iamsmart.Config) { c.Keys = nil }, "encipherment"},
		{"nil key", func(c *iamsmart.Config) { c.Keys = []*iamsmart.Encipherment{nil} }, "encipherment"},
		{"negative time-out", func(c *iamsmart.Config) { c.Timeout = -time.Second }, "timeout"},
		{"given client", func(c *iamsmart.Config) { c.HTTPClient = http.DefaultClient }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := good
			c.change(&config)
			_, err := iamsmart.New(config)
			switch {
			case c.fault == "" && err != nil:
				t.Error(err)
			case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "geheim")):
				t.Errorf("error is %v, want one about %s", err, c.fault)
			}
		})
	}
	if http.DefaultClient.CheckRedirect != nil {
		t.Error("the given HTTP client was changed")
	}
}

// Given the User-Agents of real browsers, the person comes back to the browser they left.
func TestSourceOf(t *testing.T) {
	const android = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) "
	const iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	for agent, source := range map[string]iamsmart.Source{
		"": "PC_Browser",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0": "PC_Browser",
		"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0":                                                        "PC_Browser",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":         "PC_Browser", // also an iPad
		android + "Chrome/126.0.0.0 Mobile Safari/537.36":                                                                               "Android_Chrome",
		android + "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36":                                                           "Android_Samsung",
		android + "Chrome/126.0.0.0 Mobile Safari/537.36 EdgA/126.0.0.0":                                                                "Android_Edge",
		android + "Version/4.0 Chrome/112.0 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.10.1-gn":                                         "Android_Xiaomi",
		android + "Chrome/114.0 HuaweiBrowser/15.0.4.312 Mobile Safari/537.36":                                                          "Android_Huawei",
		android + "Chrome/114.0 HonorBrowser/4.0 Mobile Safari/537.36":                                                                  "Android_Huawei",
		"Mozilla/5.0 (Linux; Android 10; HUAWEI VOG-L29) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.0.0 Mobile Safari/537.36":  "Android_Chrome",
		"Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0":                                                          "Android_Firefox",
		"SomeApp/1.0 (Android 9)":                                               "PC_Browser",
		iPhone + "Version/17.5 Mobile/15E148 Safari/604.1":                      "iOS_Safari",
		iPhone + "CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1":               "iOS_Chrome",
		iPhone + "FxiOS/127.0 Mobile/15E148 Safari/605.1.15":                    "iOS_Firefox",
		iPhone + "Version/17.0 EdgiOS/125.0.2535.60 Mobile/15E148 Safari/604.1": "iOS_Edge",
		"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1": "iOS_Safari",
	} {
		got := iamsmart.SourceOf(agent)
		want(t, "source of "+agent, got, source)
		want(t, "mobile", got.Mobile(), source != "PC_Browser")
	}
	want(t, "mobile of nothing", iamsmart.Source("").Mobile(), false)
}
