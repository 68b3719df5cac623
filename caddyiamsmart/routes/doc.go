// Package routes reads an adapted configuration of Caddy and follows every way
// that a request can take through it: which gates it has passed when it comes to
// an application, and where none stands before one.
//
// It knows the JSON of Caddy's own handlers and matchers and nothing else of
// Caddy, runs nothing and asks nobody. Where it cannot tell whether a request
// has passed a gate, it says that it has not.
//
// A way is followed as Caddy runs it: the routes of a list one after the other,
// of a group the first that matches, through subroutes, named routes, routes for
// answers and routes for errors, until a handler answers.
package routes
