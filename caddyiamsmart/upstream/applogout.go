package upstream

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// MakeVisit makes of a form that was sent to the gate a plain visit to an address of the
// application: nothing of what the form held goes along.
func MakeVisit(r *http.Request, address *url.URL) {
	r.Method, r.URL, r.RequestURI = http.MethodGet, address, address.RequestURI()
	r.Body, r.ContentLength, r.TransferEncoding = http.NoBody, 0, nil
	r.Form, r.PostForm = nil, nil
	for name := range r.Header {
		if strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "Sec-Fetch-") || name == "Origin" || name == "Referer" {
			delete(r.Header, name)
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

// Recorder takes an answer that no browser gets: its status and headers, and of its
// body how long it is.
type Recorder struct {
	header http.Header
	status int
	size   int
}

// NewRecorder returns a Recorder for one answer.
func NewRecorder() *Recorder { return &Recorder{header: make(http.Header)} }

// Status is that of the answer, 0 where none has begun.
func (r *Recorder) Status() int { return r.status }

// Header implements http.ResponseWriter.
func (r *Recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *Recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
}

// Write implements http.ResponseWriter. It ends an answer that is too long.
func (r *Recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if r.size += len(p); r.size > maxUnseen {
		return 0, errUnseen
	}
	return len(p), nil
}
