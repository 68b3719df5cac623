package upstream

import (
	"io"
	"net/http"
)

// dropTrailers makes sure that no trailer of the client is ever seen on r. The
// HTTP/1 server merges trailers into the request when the body ends, declared or
// not; HTTP/2 fills in the declared ones; HTTP/3 replaces the map. So what was
// declared is cleared now, and the body clears the rest when it ends.
func dropTrailers(r *http.Request) {
	declared := r.Trailer
	clear(declared)
	r.Trailer = nil
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	r.Body = &trailerless{ReadCloser: r.Body, request: r, declared: declared}
}

// trailerless is a request body after whose end the request has no trailers.
type trailerless struct {
	io.ReadCloser
	request  *http.Request
	declared http.Header // the server's own map, which it fills at the end
}

// Read clears the trailers within the call that sees the end of the body, so
// that whoever waits for that end finds none.
func (b *trailerless) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.drop()
	}
	return n, err
}

// Close may read the body to its end, trailers included.
func (b *trailerless) Close() error {
	err := b.ReadCloser.Close()
	b.drop()
	return err
}

// drop writes only where there is something to clear: the request may be read
// by others meanwhile.
func (b *trailerless) drop() {
	if len(b.declared) > 0 {
		clear(b.declared)
	}
	if b.request.Trailer != nil {
		clear(b.request.Trailer)
		b.request.Trailer = nil
	}
}
