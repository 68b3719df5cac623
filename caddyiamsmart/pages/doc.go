// Package pages draws every page that the gate shows to a person: the login
// page, the ways of a link-up, the person's own page, log-out, and what is said when
// something goes wrong, each in 繁體中文 (zh-HK), 简体中文 (zh-CN) and English (en).
//
// The readers are care workers on a shared PC or on their own phone, often in
// a hurry and not always young. So the type is 18 px or larger, a page asks for one
// thing, everything works without script, and WCAG 2.2 AA holds.
//
// A page is a plain value (Login, LinkForm, Problem …). Pages.Write draws it
// into a buffer, sets the headers that keep it from being cached, framed or
// scripted by others, and sends it. Nothing here decides anything: who is shown
// what, and with which status, is the caller's business; so is sealing the
// tokens that the forms carry. The package knows no Caddy and nothing of the
// rest of the project.
//
// Where things are:
//
//	page*.go       the page types
//	problem.go     what went wrong, and how it is put
//	words*.go      every sentence, one file for each language
//	templates/     the HTML; style.css, show.js and wait.js beside it
//	slip.go        the slip of paper with a link code, which is no page
//	write.go       headers and the answer
//	assets.go      the style sheet and the operator's logo
//
// iAM Smart itself asks for two things on every page that starts a login: a
// button with the official wording, and a "More info" (了解更多) link to its
// own site. Both live in one template, "official". Where the app is opened or was
// left without that button, the link stands alone.
package pages
