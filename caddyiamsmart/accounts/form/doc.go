// Package form lets the legacy app's own login form judge a name and a
// password, so that the app needs no change and no account for the gate.
//
// A check is one short visit, made as a browser would make it: read the login
// page, fill in the form that holds both fields, submit it, follow the app's
// redirects, judge what came back by the rules, read who is logged in, and log
// out again. Nothing of the visit is kept.
//
// For DokuWiki, a block that states everything looks like this:
//
//	accounts form http://127.0.0.1:8080/doku.php?id=start&do=login {
//		fields u p
//		success status 302
//		success body "Logged in as:"
//		failure status 403
//		confirm /doku.php?id=start&do=profile "Update Profile"
//		account "\(<bdi>([^<]+)</bdi>\)"
//		logout /doku.php?id=start&do=logout
//	}
//
// Most apps need no more than the address and the fields.
//
// # What a yes takes
//
// Doubt is never a yes. An answer counts only when all success rules hold, no
// failure rule does, no server error came on the way, and the page that
// confirm names agrees. An app that answers anything else "cannot be checked
// now", which is told apart from "wrong".
//
// Where the app takes the password and then wants a new one, or a second factor,
// the rules expired and second_factor tell it, or what the page asks for does.
// That beats a yes; the person has to go to the app.
//
// A page may change, and a rule that was right then lets everybody in. So
// before the first check, and again whenever the last good one is ten minutes
// old, a random name with a random password (the canary) has to come out as
// wrong. If it does not, nobody's password is checked until it does.
//
// The canary never sees what the app says to a name that exists: that it is
// locked, that the password holds what a filter refuses. So, unless a confirm
// page has agreed, a yes is held against a wrong password for the same name,
// which has to come out as wrong, and has to come again after that: the answer
// to the one wrong try that locks an account comes once.
//
// # Answers in JSON
//
// An app may post its form by script and take the answer as data. The rules look
// into it by the sign json. The gate sends such a form as its page says, never
// its fields as JSON: an app that takes nothing else mostly has its own address
// and headers for that, which no page tells.
//
// # Finding the rules
//
// A [Probe] visits the app in the same way on behalf of whoever sets the gate
// up, and finds the block: it compares the answers to right and wrong logins,
// takes as a rule only what every right one has and no wrong one, and has the
// checker confirm it. What it finds in the way it calls by name ([Kind]).
//
// # Opening an account
//
// [Registration] sends the app's registration form in the same way, once, and
// judges the answer by the same rules. Doubt is neither a yes nor a no there: then
// nobody knows whether the account exists.
//
// # What leaves the gate
//
// A name and a password go to one origin only, that of the configured URL, in
// the body of one POST. No redirect carries them on, no proxy of the
// environment is used, and no certificate error is overlooked. Neither is ever
// part of an error or a log line.
package form
