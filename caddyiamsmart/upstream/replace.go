package upstream

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
)

// Replace gives a request another body, as a browser would have sent it with a form.
// An empty referer removes that of the request.
func Replace(r *http.Request, contentType, referer string, body []byte) {
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	r.Header["Content-Type"] = []string{contentType}
	r.Header["Content-Length"] = []string{strconv.Itoa(len(body))}
	delete(r.Header, "Referer")
	if referer != "" {
		r.Header["Referer"] = []string{referer}
	}
}
