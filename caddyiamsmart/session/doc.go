// Package session holds a person's stay: the cookies that the gate gives to a
// browser, the cache of live sessions, their time-outs and their end.
//
// Who a visitor is has a type. [Manager.Identify] answers either [Nobody] or
// [Linked]; a Linked cannot be made outside this package but from a row of the
// store, so a handler that takes one cannot be given anybody else.
//
// Three values travel sealed in cookies, each under a key of its own that is
// derived for the purpose, the realm, the app and the host:
//
//   - the session: a random id and nothing else; everything is in the store;
//   - the flow: one journey of one tab to iAM Smart and back, to log in or to
//     approve a link-up, kept wholly in the cookie so that starting one costs the
//     server nothing;
//   - the pending link-up: a random id of a row of the store.
//
// A fourth, the language of the pages, is plain. This is the only package that
// sets these cookies.
package session
