// Package upstream decides what reaches the legacy app behind the gate. It
// holds four duties, in the order in which a request meets them:
//
//   - [Scrubber] takes away whatever a client could say about who it is:
//     headers under any spelling of an identity header, request trailers, and
//     the Connection options by which a client could have the gate's own
//     headers dropped later on.
//   - [ParsePath], [Public] and [Repair] judge the path. Servers read one and
//     the same request target differently, so a path is public only if every
//     reading of it is public, a rule applies if any reading falls under it,
//     and what is sent on keeps each escape as it came.
//   - [Headers] and [Rendered] write the identity headers. Nothing else in the
//     gate writes one, and a value that cannot be sent without loss is an
//     error, never shortened or replaced.
//   - [StripCookies], [Cookies], [FilterSetCookie] and [NoStoreHTML] keep the
//     gate's cookies from the app, the app's from being altered, and the pages
//     of one person from the eyes of the next; [AdmitCookies] and [BindCookies]
//     do so with the app's own session, which belongs to one login.
//
// The package knows net/http and nothing of Caddy, and it does not log: its
// errors never hold a value that came from a person. Everything here is safe
// for use by many requests at once unless its comment says otherwise, and the
// path of an ordinary request allocates at most twice.
package upstream
