package caddyiamsmart_test

import (
	"net/netip"
	"strings"
	"testing"
)

func TestCheckFindsWhatUndoesTheGate(t *testing.T) {
	for _, p := range []planted{
		{name: "the header is taken away", caddyfile: `records.example.com {
	{{template "gate" .}}
	request_header -X-Remote-User
	reverse_proxy {{.App}}
}`, want: []string{"warning header X-Remote-User of the gate is taken away again, at https://records.example.com"}, remedy: "take that line out"},
		{name: "the header is taken away with others, by the proxy", caddyfile: `records.example.com {
	{{template "gate" .}}
	reverse_proxy {{.App}} 127.0.0.1:1 {
		header_up -X-Remote-*
	}
}`, want: []string{"warning header X-Remote-User of the gate is taken away again"}, remedy: "take that line out"},
		{name: "the header gets a fixed value", caddyfile: `records.example.com {
	{{template "gate" .}}
	reverse_proxy {{.App}} {
		header_up X-Remote-User s3cret
	}
}`, want: []string{"warning header X-Remote-User of the gate gets another value"}, remedy: "header_up"},
		{name: "the header gets what clients send, in another spelling", caddyfile: `records.example.com {
	{{template "gate" .}}
	reverse_proxy {{.App}} {
		header_up X_Remote_User {header.X-Name}
	}
}`, want: []string{"fault header X-Remote-User of the gate gets a value that clients choose"}, remedy: "header_up"},
		{name: "two gates of which one does not remove the other's header", caddyfile: benchSite + `other.example.com {
	iamsmart {
		public_url https://other.example.com
		accounts form http://{{.App}}/login {
			fields user pass
		}
		header_up X-Records-Name {iamsmart.account}
	}
	reverse_proxy {{.App}}
}`, want: []string{"fault APP believes header X-Records-Name, but the gate https://records.example.com before it does not remove it"}, remedy: "the same 'header_up' names"},
		{name: "two gates with other accounts", caddyfile: benchSite + `other.example.com {
	iamsmart {
		public_url https://other.example.com
		app other
		accounts form http://{{.App}}/login {
			fields user pass
			failure body wrong
			failure body "type=\"password\""
		}
		header_up X-Remote-User {iamsmart.account}
	}
	reverse_proxy {{.App}}
}`, want: []string{"warning APP stands behind gates with other accounts: https://other.example.com and https://records.example.com"}, remedy: "the same 'accounts'"},
		{name: "everything is public", caddyfile: `{{define "more"}}public /*{{end}}` + benchSite,
			want: []string{"fault public /* opens everything"}, remedy: "name the few paths"},
		{name: "the front controller is public", caddyfile: `{{define "more"}}public /index.php /robots.txt /static/* /{{end}}` + benchSite,
			want: []string{"warning public /index.php may be the entrance", "warning public / may be the entrance"}, remedy: "take it out"},
		{name: "the bare directive in a site", caddyfile: benchSite + "other.example.com {\n\tiamsmart\n\treverse_proxy {{.App}}\n}",
			want: []string{"fault 'iamsmart' without a block stands outside handle_errors, at https://other.example.com"}, remedy: "move it into handle_errors"},
		{name: "nothing behind it", caddyfile: "records.example.com {\n\t{{template \"gate\" .}}\n\trespond hello\n}",
			want: []string{"warning the gate at https://records.example.com (srv0: :443) protects nothing"}, remedy: "put the application behind it"},
		{name: "no header", caddyfile: `{{define "header"}}{{""}}{{end}}` + benchSite, want: []string{"warning no 'header_up'"}, remedy: "header_up X-Remote-User {iamsmart.account}"},
		{name: "no gate", caddyfile: "records.example.com {\n\treverse_proxy {{.App}}\n}", want: []string{"warning no gate"}, remedy: "site block"},
		{name: "an application on another machine", caddyfile: "records.example.com {\n\t{{template \"gate\" .}}\n\treverse_proxy 192.0.2.9:8080\n}",
			want: []string{"warning 192.0.2.9:8080 is not on this machine"}, remedy: "firewall"},
		{name: "an application that all reach", caddyfile: benchSite, prepare: func(b *bench) {
			b.own = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")} // the first stands for one of a network
		}, want: []string{"warning APP also answers at APP"}, remedy: "bind the application to 127.0.0.1"},
	} {
		t.Run(p.name, p.run)
	}
}

func TestCheckFindsWeakOptions(t *testing.T) {
	for _, p := range []planted{
		{name: "the test environment's simulator", caddyfile: `{{define "environment"}}environment simulator {{.Sim}}{{end}}` + benchSite,
			want: []string{"warning environment simulator"}, remedy: "environment ite"},
		{name: "the Government's test environment, with no time to ask there", caddyfile: `{{define "environment"}}environment ite{{end}}` + benchSite, prepare: func(b *bench) { b.late = true },
			want: []string{"warning environment ite", "warning api_base does not answer at https://apigw-isit.staging-eid.gov.hk: no answer in time", "warning clock: nothing", "fault accounts form: the rules do not tell"}, remedy: "for production"},
		{name: "callbacks that are believed", caddyfile: "{{define \"environment\"}}api_base {{.Sim}}/api/v1\n\t\t\tweb_base {{.Sim}}/api/v1\n\t\t\tcallback {\n\t\t\t\tallow 127.0.0.1\n\t\t\t}\n\t\t\tprotocol {\n\t\t\t\tcallback_cek own\n\t\t\t}{{end}}" + benchSite,
			want: []string{"warning callback_cek own"}, remedy: "'match'"},
		{name: "direct logins", caddyfile: "{{define \"environment\"}}api_base {{.Sim}}/api/v1\n\t\t\tweb_base {{.Sim}}/api/v1\n\t\t\tprotocol {\n\t\t\t\tdirect_login plain\n\t\t\t}{{end}}" + benchSite,
			want: []string{"warning direct_login is on"}, remedy: "starts in the iAM Smart app"},
		{name: "a secret in clear", caddyfile: `{{define "secret"}}s3cret{{end}}` + benchSite,
			want: []string{"warning client_secret stands in clear"}, remedy: "{file./absolute/path}"},
		{name: "long sessions", caddyfile: "{{define \"more\"}}session {\n\t\t\tidle 8h\n\t\t\tmax 72h\n\t\t}{{end}}" + benchSite,
			want: []string{"warning session: idle 8h0m0s, max 72h0m0s"}, remedy: "idle 15m"},
		{name: "another name than that of the site", caddyfile: `{{define "url"}}https://care.example.com{{end}}` + benchSite,
			want: []string{"fault public_url https://care.example.com leads to no site with this gate; it stands at https://records.example.com"}, remedy: "the same name"},
		{name: "behind something else", caddyfile: "http://records.example.com:8080 {\n\t{{template \"gate\" .}}\n\treverse_proxy {{.App}}\n}",
			want: []string{"warning people come by https://records.example.com, but Caddy serves the gate at http://records.example.com (srv0: :8080)"}, remedy: "nothing stands in front"},
		{name: "plain http", caddyfile: "{{define \"url\"}}http://localhost:8480{{end}}http://localhost:8480 {\n\t{{template \"gate\" .}}\n\treverse_proxy {{.App}}\n}",
			want: []string{"warning public_url http://localhost:8480 is http"}, remedy: "https"},
		{name: "underscores and dots", caddyfile: "{{define \"options\"}}servers {\n\t\texpected_underscore_headers x_old\n\t}{{end}}" + benchSite,
			want: []string{"warning server srv0 lets through header names with underscores or dots (x_old)"}, remedy: "take expected_underscore_headers"},
		{name: "proxies that are trusted too far", caddyfile: "{{define \"options\"}}servers {\n\t\ttrusted_proxies static private_ranges\n\t}{{end}}" + benchSite,
			want: []string{"warning server srv0 trusts proxies"}, remedy: "trusted_proxies_strict"},
		{name: "a debug log", caddyfile: "{{define \"options\"}}debug{{end}}" + benchSite,
			want: []string{"warning log 'default' has the level DEBUG"}, remedy: "exclude http.handlers.reverse_proxy"},
		{name: "an access log", caddyfile: strings.Replace(benchSite, "{\n", "{\n\tlog\n", 1),
			want: []string{"warning log 'default' takes access lines and keeps Referer, uri"}, remedy: "format filter"},
		{name: "an access log of the site", caddyfile: strings.Replace(benchSite, "{\n", "{\n\tlog {\n\t\toutput stdout\n\t\tformat filter {\n\t\t\trequest>uri delete\n\t\t}\n\t}\n", 1),
			want: []string{"warning log 'log0' takes access lines and keeps Referer as"}, remedy: "format filter"},
		{name: "cookies in the access log", caddyfile: "{{define \"options\"}}servers {\n\t\tlog_credentials\n\t}{{end}}" + strings.Replace(benchSite, "{\n", "{\n\tlog {\n\t\toutput discard\n\t}\n", 1),
			want: []string{"warning server srv0 writes cookies into its access log"}, remedy: "log_credentials"},
		{name: "a log that cannot be written", caddyfile: "{{define \"options\"}}log {\n\t\toutput file {{.Dir}}/secret/none.log\n\t}{{end}}" + benchSite,
			want: []string{"fault log file DIR/secret/none.log cannot be written"}, remedy: "give its folder"},
		{name: "an open admin API", caddyfile: "{{define \"admin\"}}admin :2019{{end}}" + benchSite,
			want: []string{"fault the admin API listens on :2019"}, remedy: "admin off"},
		{name: "rules that let anyone in", caddyfile: benchSite, prepare: func(b *bench) { b.open = true },
			want: []string{"fault accounts form: a random name with a random password counts as logged in"}, remedy: "'success' rules"},
		{name: "rules that do not fit", caddyfile: strings.Replace(benchSite, `{{template "gate" .}}`, "iamsmart {\n\t\tpublic_url https://records.example.com\n\t\taccounts form http://{{.App}}/login {\n\t\t\tfields u p\n\t\t}\n\t\theader_up X-User {iamsmart.account}\n\t}", 1),
			want: []string{`fault accounts form: the rules do not tell right from wrong: http://APP/login: reading the login page: no form with the fields "u" and "p"`}, remedy: "'fields'"},
	} {
		t.Run(p.name, p.run)
	}
}
