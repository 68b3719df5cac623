package upstream

import (
	"errors"
	"net/http"
	"strings"
)

// AsVisit makes of the headers of a form that was sent to the gate those of a plain
// visit to the application.
func AsVisit(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "Sec-Fetch-") || name == "Origin" || name == "Referer" {
			delete(h, name)
		}
	}
}

// maxHandedOn is how many cookies are handed on.
const maxHandedOn = 32

// HandOnCookies adds to one answer the cookies that another one sets, and tells whether
// there are any. They were made ready for the browser before.
func HandOnCookies(to, from http.Header) bool {
	set := from["Set-Cookie"]
	if len(set) == 0 {
		return false
	}
	to["Set-Cookie"] = append(to["Set-Cookie"], set[:min(len(set), maxHandedOn)]...)
	return true
}

// maxUnseen bounds a page that nobody sees, in bytes.
const maxUnseen = 1 << 20

var errUnseen = errors.New("the answer that nobody sees is longer than one MiB")

// Unseen takes an answer that no browser gets: its status and headers, and of its body
// how long it is.
type Unseen struct {
	header http.Header
	status int
	size   int
}

// NewUnseen returns an Unseen for one answer.
func NewUnseen() *Unseen { return &Unseen{header: make(http.Header)} }

// Status is that of the answer, 0 where none has begun.
func (u *Unseen) Status() int { return u.status }

// Header implements http.ResponseWriter.
func (u *Unseen) Header() http.Header { return u.header }

// WriteHeader implements http.ResponseWriter.
func (u *Unseen) WriteHeader(status int) {
	if u.status == 0 && status >= http.StatusOK {
		u.status = status
	}
}

// Write implements http.ResponseWriter. It ends an answer that is too long.
func (u *Unseen) Write(p []byte) (int, error) {
	u.WriteHeader(http.StatusOK)
	if u.size += len(p); u.size > maxUnseen {
		return 0, errUnseen
	}
	return len(p), nil
}
