package upstream

import (
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// AskWhole has the app answer with a whole page that nobody has encoded.
func AskWhole(header http.Header) {
	header["Accept-Encoding"] = []string{"identity"}
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range", "A-Im", "Available-Dictionary"} {
		delete(header, name)
	}
}

// maxPage bounds the pages that are held back until they are whole.
const maxPage = 256 << 10 // bytes

// The reasons why an answer is not held.
var (
	errStatus   = errors.New("its status is not 200")
	errKind     = errors.New("its Content-Type is not text/html, or cannot be read")
	errCoded    = errors.New("it is compressed, although the gate asks for it plain")
	errTooLarge = errors.New("it is larger than 256 KiB")
	errTrailers = errors.New("it has trailers")
)

// WholePage holds an answer back until it is whole, where it is a page of HTML of at most
// 256 KiB that nobody has encoded. Any other passes as it comes.
type WholePage struct {
	http.ResponseWriter
	status int
	held   []byte
	holds  bool
	why    error // it was let through as it came
}

// WriteHeader implements http.ResponseWriter.
func (p *WholePage) WriteHeader(status int) {
	if status < 200 {
		p.ResponseWriter.WriteHeader(status)
		return
	}
	if p.status != 0 {
		return
	}
	p.status = status
	h := p.Header()
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	size, _ := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	coded := h.Get("Content-Encoding")
	switch {
	case status != http.StatusOK:
		p.why = errStatus
	case err != nil || kind != "text/html":
		p.why = errKind
	case coded != "" && !strings.EqualFold(coded, "identity"):
		p.why = errCoded
	case size > maxPage:
		p.why = errTooLarge
	case len(h["Trailer"]) > 0: // they would come before the page is sent, and go out as headers
		p.why = errTrailers
	default:
		p.holds = true
		return
	}
	p.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (p *WholePage) Write(b []byte) (int, error) {
	if p.status == 0 {
		p.WriteHeader(http.StatusOK)
	}
	if !p.holds {
		return p.ResponseWriter.Write(b)
	}
	if len(p.held)+len(b) <= maxPage {
		p.held = append(p.held, b...)
		return len(b), nil
	}
	p.why = errTooLarge
	if err := p.pass(p.held); err != nil {
		return 0, err
	}
	return p.ResponseWriter.Write(b)
}

// pass lets go of what was held.
func (p *WholePage) pass(page []byte) error {
	p.holds, p.held = false, nil
	p.ResponseWriter.WriteHeader(p.status)
	if len(page) == 0 {
		return nil
	}
	_, err := p.ResponseWriter.Write(page)
	return err
}

// Flush implements http.Flusher. A page that is held is not sent in parts.
func (p *WholePage) Flush() {
	if !p.holds {
		_ = http.NewResponseController(p.ResponseWriter).Flush() // a connection that cannot sends it by itself
	}
}

// Unwrap is for http.ResponseController.
func (p *WholePage) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Finish sends what was held, as change makes it; an error of change sends it as it is.
// It tells whether the page was changed, or why not.
func (p *WholePage) Finish(change func(page []byte, contentType string) ([]byte, error)) (changed bool, why error) {
	if !p.holds {
		return false, p.why
	}
	h := p.Header()
	page, err := change(p.held, h.Get("Content-Type"))
	if err != nil {
		_ = p.pass(p.held) // a browser that is gone cannot be told
		return false, err
	}
	for _, name := range []string{"Etag", "Content-Md5", "Digest", "Repr-Digest", "Content-Digest", "Accept-Ranges", "Last-Modified"} {
		delete(h, name)
	}
	h["Content-Length"] = []string{strconv.Itoa(len(page))}
	_ = p.pass(page)
	return true, nil
}

var (
	_ http.ResponseWriter = (*WholePage)(nil)
	_ http.Flusher        = (*WholePage)(nil)
)
