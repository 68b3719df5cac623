package caddyiamsmart_test

import (
	"strings"
	"testing"
)

func TestCheckFindsWaysRoundTheGate(t *testing.T) {
	for _, p := range []planted{
		{name: "another site block", caddyfile: benchSite + `intranet.example.com {
	reverse_proxy {{.App}}
}`, want: []string{"fault APP is reached without any gate, at https://intranet.example.com (srv0: :443)"}, remedy: "put the gate there too"},
		{name: "another listener and another name of this machine", caddyfile: benchSite + `:8999 {
	reverse_proxy localhost:{{.Port}}
}`, want: []string{"fault localhost:PORT is reached without any gate, at http://* (srv1: :8999)"}, remedy: "put the gate there too"},
		{name: "another name for the same address", caddyfile: benchSite + `:8999 {
	reverse_proxy app.internal:{{.Port}}
}`, want: []string{"fault app.internal:PORT is reached without any gate, at http://* (srv1: :8999)"}, remedy: "put the gate there too"},
		{name: "one more path of another site", caddyfile: benchSite + `intranet.example.com {
	handle /api/* {
		reverse_proxy {{.App}}
	}
	respond hello
}`, want: []string{"fault APP is reached without any gate, at https://intranet.example.com (srv0: :443; path /api/*)"}, remedy: "put the gate there too"},
		{name: "an error page from the application", caddyfile: strings.TrimSuffix(benchSite, "}\n") + `	handle_errors {
		reverse_proxy {{.App}}
	}
}`, want: []string{"fault APP is reached in handle_errors without the bare directive, at https://records.example.com (srv0: :443; handle_errors)"},
			remedy: "put the word 'iamsmart', without a block, first into handle_errors"},
		{name: "the proxy before the gate for some paths", caddyfile: `records.example.com {
	route {
		reverse_proxy /api/* {{.App}}
		{{template "gate" .}}
		reverse_proxy {{.App}}
	}
}`, want: []string{"fault APP is reached before the gate, at https://records.example.com (srv0: :443; path /api/*)"}, remedy: "put 'iamsmart' above it"},
		{name: "the proxy before the gate for all", caddyfile: `records.example.com {
	route {
		reverse_proxy {{.App}}
		{{template "gate" .}}
	}
}`, want: []string{"fault APP is reached before the gate", "fault no request comes to the gate at https://records.example.com (srv0: :443)"}, remedy: "put 'iamsmart' above it"},
		{name: "the gate for some paths", caddyfile: `records.example.com {
	handle /records/* {
		{{template "gate" .}}
		reverse_proxy {{.App}}
	}
	handle {
		reverse_proxy {{.App}}
	}
}`, want: []string{"fault APP is reached round the gate, at https://records.example.com (srv0: :443): the gate stands inside path /records/* only"},
			remedy: "take the gate out of there"},
		{name: "a named route", caddyfile: `&(app) {
	reverse_proxy {{.App}}
}
records.example.com {
	{{template "gate" .}}
	invoke app
}
intranet.example.com {
	invoke app
}`, want: []string{"fault APP is reached without any gate, at https://intranet.example.com"}, remedy: "put the gate there too"},
		{name: "the same scripts", caddyfile: `records.example.com {
	root * /srv/app
	{{template "gate" .}}
	php_fastcgi unix//run/php.sock
}
old.example.com {
	root * /srv/app
	php_fastcgi unix//run/other.sock
}
blog.example.com {
	root * /srv/blog
	php_fastcgi unix//run/php.sock
}`, want: []string{"fault /srv/app (unix//run/other.sock) is reached without any gate, at https://old.example.com"}, remedy: "put the gate there too"},
		{name: "the folder of the application", caddyfile: `records.example.com {
	root * /srv/app
	{{template "gate" .}}
	php_fastcgi unix//run/php.sock
	file_server
}
files.example.com {
	root * /srv
	file_server
}
pictures.example.com {
	root * /srv/app/pictures
	file_server
}`, want: []string{"fault /srv is reached without any gate, at https://files.example.com"}, remedy: "put the gate there too"},
		{name: "a server of this Caddy for this machine, that another one leads to", caddyfile: benchSite + `http://127.0.0.1:8081 {
	bind 127.0.0.1
	reverse_proxy {{.App}}
}
old.example.com {
	reverse_proxy localhost:8081
}`, want: []string{"fault localhost:8081 is reached without any gate, at https://old.example.com"}, remedy: "put the gate there too"},
		{name: "the scripts behind a server of this Caddy for this machine", caddyfile: `records.example.com {
	{{template "gate" .}}
	reverse_proxy 127.0.0.1:8081
}
http://127.0.0.1:8081 {
	bind 127.0.0.1
	root * /srv/app
	php_fastcgi unix//run/php.sock
}
old.example.com {
	root * /srv/app
	php_fastcgi unix//run/php.sock
}`, want: []string{"fault /srv/app (unix//run/php.sock) is reached without any gate, at https://old.example.com"}, remedy: "put the gate there too"},
		{name: "a public name and its address", caddyfile: `records.example.com {
	{{template "gate" .}}
	reverse_proxy https://one.example.com {
		transport http {
			tls_client_auth {{.Dir}}/encipherment.pem {{.Dir}}/encipherment.pem
		}
	}
}
old.example.com {
	reverse_proxy https://203.0.113.9
}`, want: []string{"fault 203.0.113.9:443 is reached without any gate, at https://old.example.com"}, remedy: "put the gate there too"},
		{name: "where the request says", caddyfile: benchSite + `any.example.com {
	reverse_proxy {header.X-To}:80
}`, want: []string{"warning where a proxy at https://any.example.com (srv0: :443) leads is decided for each request"}, remedy: "never lead to the application"},
		{name: "an authentication server that is the application", caddyfile: benchSite + `other.example.com {
	forward_auth {{.App}} {
		uri /whoami
	}
	respond hello
}`, want: []string{"fault APP is reached without any gate, at https://other.example.com"}, remedy: "put the gate there too"},
	} {
		t.Run(p.name, p.run)
	}
}

// What looks like a way round the gate and is none.
func TestCheckFindsNoWaysWhereThereAreNone(t *testing.T) {
	for name, caddyfile := range map[string]string{
		"another application": benchSite + "other.example.com {\n\treverse_proxy 127.0.0.1:1\n}",
		"only this machine": benchSite + `http://127.0.0.1:8081 {
	bind 127.0.0.1
	reverse_proxy {{.App}}
}`,
		"an error page behind the bare directive": strings.TrimSuffix(benchSite, "}\n") + `	handle_errors {
		iamsmart
		reverse_proxy {{.App}}
	}
}`,
		"an error page of its own":          strings.TrimSuffix(benchSite, "}\n") + "\thandle_errors {\n\t\trespond sorry\n\t}\n}",
		"another application before it":     "records.example.com {\n\troute {\n\t\treverse_proxy /metrics 127.0.0.1:1\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n}",
		"the gate in a named route":         "&(app) {\n\trespond /up ok\n\t{{template \"gate\" .}}\n\treverse_proxy {{.App}}\n}\nrecords.example.com {\n\tinvoke app\n}",
		"the gate in every case":            "records.example.com {\n\thandle /a/* {\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n\thandle {\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n}",
		"a redirect of another name":        benchSite + "www.example.com {\n\tredir https://records.example.com{uri}\n}",
		"paths that are answered before it": "records.example.com {\n\trespond /up ok\n\troute {\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n}",
		"files behind it":                   "records.example.com {\n\troot * /srv/app\n\t{{template \"gate\" .}}\n\tphp_fastcgi unix//run/php.sock\n\tfile_server\n}",
		"a server of this Caddy for this machine": `records.example.com {
	{{template "gate" .}}
	reverse_proxy 127.0.0.1:8081
}
http://127.0.0.1:8081 {
	bind 127.0.0.1
	root * /srv/app
	php_fastcgi unix//run/php.sock
}
blog.example.com {
	root * /srv/blog
	php_fastcgi unix//run/php.sock
}`,
		"the header is taken away before it":      "records.example.com {\n\troute {\n\t\trequest_header -X-Remote-User\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n}",
		"a whole gate for error pages":            strings.TrimSuffix(benchSite, "}\n") + "\thandle_errors {\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n}",
		"a debug log without the proxy":           "{{define \"options\"}}log {\n\t\tlevel DEBUG\n\t\texclude http.handlers\n\t}{{end}}" + benchSite,
		"a debug log of something else":           "{{define \"options\"}}log tls {\n\t\tlevel DEBUG\n\t\tinclude tls\n\t}{{end}}" + benchSite,
		"an access log that lets nothing through": strings.Replace(benchSite, "{\n", "{\n\tlog {\n\t\toutput stdout\n\t\tformat filter {\n\t\t\trequest>uri delete\n\t\t\trequest>headers delete\n\t\t}\n\t}\n", 1),
		"the access log of another site":          benchSite + "other.example.com {\n\tlog\n\trespond hello\n}",
		"no option for the admin API":             `{{define "admin"}}persist_config off{{end}}` + benchSite,
		"a local server that leads no one knows where": `records.example.com {
	{{template "gate" .}}
	reverse_proxy 127.0.0.1:8081
}
http://127.0.0.1:8081 {
	bind 127.0.0.1
	reverse_proxy {header.X-To}:80
}`,
		"two public names that share an address": `records.example.com {
	{{template "gate" .}}
	reverse_proxy https://one.example.com {
		transport http {
			tls_client_auth {{.Dir}}/encipherment.pem {{.Dir}}/encipherment.pem
		}
	}
}
blog.example.com {
	reverse_proxy https://two.example.com
}`,
		"the port of another machine": benchSite + "other.example.com {\n\treverse_proxy other.internal:{{.Port}}\n}",
	} {
		t.Run(name, func(t *testing.T) {
			report, code := newBench(t).check("en", caddyfile)
			if code != 0 {
				t.Errorf("exit code %d, found:\n%s", code, strings.Join(bad(report), "\n"))
			}
		})
	}
}
