// Package caddyiamsmart puts a gate with iAM Smart login in front of web
// applications that know nothing of it.
//
// Caddy sees two modules here. The app [App] ("iamsmart") holds the realms: one
// Client ID each, with its credentials, and the store of links and sessions. The
// handler [Gate] ("http.handlers.iamsmart") stands in front of one application.
//
// A request goes one way, and [Gate.ServeHTTP] reads as that way:
//
//	scrub → whose endpoint? → rule → session → identity → stamp → next
//
// A login goes one way too, and endpoints.go, login.go and linkpages.go read as
// that way:
//
//	button → flow → iAM Smart → callback → token → link? → (link-up) → session → back
//
// In a link-up a person shows which account is theirs, by one of the ways in
// password.go, number.go, linkcode.go and register.go; waiting.go waits for what they
// agree to in the app. recheck.go looks again and again whether the account of a
// session still stands.
//
// The packages below have one job each and know nothing of Caddy:
//
//	iamsmart   the protocol of iAM Smart
//	accounts   where the accounts of the application live, one package per kind
//	store      links, sessions, pending link-ups, tries; root key and key ring
//	session    cookies, live sessions, time-outs
//	linkup     the rules by which a person becomes an account
//	upstream   what reaches the application: scrub, identity headers, paths
//	pages      what people see, in three languages
//	routes     the ways of a request through a configuration, for checking it
//
// The command `caddy iamsmart check` lies in check.go and the files that begin
// like it: it looks at a configuration and never runs one.
//
// An administrator's commands lie in command_links.go and command_requests.go; they ask
// the Caddy that runs, by the one route of admin.go, to do the acts of admin_links.go and
// admin_requests.go.
//
// This package alone speaks to Caddy and writes logs. What it tells a visitor
// and what it tells the log share a reference number and nothing else.
package caddyiamsmart
