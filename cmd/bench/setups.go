package main

import (
	"bytes"
	"fmt"
	"text/template"
)

const gateSetup = "gate, logged in, two headers"

// setup is one way to serve the application, and what must come of a request.
type setup struct {
	name   string
	port   int
	path   string
	cookie string // which sessions it is sent: none, one, or each in turn
	status int
	told   string // what the application must have been told; empty where it is not asked
	block  string // its lines of the site
}

const (
	noCookie    = ""
	oneCookie   = "one"
	eachInTurn  = "each"
	twoHeaders  = "header_up X-Remote-User {iamsmart.account}\n\t\theader_up X-Person {iamsmart.person}\n"
	toldGate    = "chan person"
	toldForward = "chan -"
)

// setups are in the order of the table; the first is what the others are compared with.
func setups() []*setup {
	gate := func(more string) string {
		return "iamsmart {\n\t\tpublic_url {{.URL}}\n\t\taccounts file {{.Dir}}/staff.csv\n\t\t" + twoHeaders + "\t\t" + more + "\n\t}\n\treverse_proxy {{.App}}"
	}
	return []*setup{
		{name: "plain reverse_proxy", path: "/records/101", status: 200, told: "- -", block: "reverse_proxy {{.App}}"},
		{name: gateSetup, path: "/records/101", cookie: oneCookie, status: 200, told: toldGate, block: gate("")},
		{name: "… and an assertion", path: "/records/101", cookie: oneCookie, status: 200, told: toldGate + " assertion", block: gate("assertion {\n\t\t\taudience records\n\t\t}")},
		{name: "… and three rules", path: "/records/101", cookie: oneCookie, status: 200, told: toldGate, block: gate(
			"require /records/* {\n\t\t\tlogin_age 12h\n\t\t}\n\t\trequire /reports/* {\n\t\t\tuser_type sign\n\t\t}\n\t\trequire {\n\t\t\tlink_method password hkic\n\t\t}")},
		{name: "gate, people in turn", path: "/records/101", cookie: eachInTurn, status: 200, told: toldGate, block: gate("")},
		{name: "gate, public path", path: "/open/logo.png", status: 200, told: "- -", block: gate("public /open/*")},
		{name: "gate, logged out (401)", path: "/records/101", status: 401, block: gate("")},
		{name: "forward_auth, empty responder", path: "/records/101", status: 200, told: toldForward, block: "forward_auth {{.Responder}} {\n\t\turi /check\n\t\tcopy_headers X-Remote-User\n\t}\n\treverse_proxy {{.App}}"},
	}
}

// caddyfile is the configuration of all set-ups.
func caddyfile(list []*setup, dir, app string, responder int) (string, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, `{
	admin off
	persist_config off
	auto_https off
	storage file_system %[1]s/caddy
	log {
		level ERROR
	}
	iamsmart {
		store sqlite %[1]s/iamsmart.db
		realm {
			environment simulator http://127.0.0.1:1
			client_id %[2]s
			client_secret {file.%[1]s/secret}
			encipherment_cert %[1]s/encipherment.pem
		}
	}
}
http://:%[3]d {
	bind 127.0.0.1
	header X-Remote-User chan
	respond 200
}
`, dir, clientID, responder)
	for _, s := range list {
		block, err := template.New(s.name).Parse(s.block)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "http://localhost:%d {\n\t", s.port)
		err = block.Execute(&text, map[string]string{
			"Dir": dir, "App": app, "URL": fmt.Sprintf("http://localhost:%d", s.port), "Responder": fmt.Sprintf("127.0.0.1:%d", responder),
		})
		if err != nil {
			return "", err
		}
		text.WriteString("\n}\n")
	}
	return text.String(), nil
}
