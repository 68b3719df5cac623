package form_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
)

// recorder is a proxy in front of an app that keeps what passes, as a spy on
// the wire would.
type recorder struct {
	*httptest.Server
	mu    sync.Mutex
	lines []string       // methods and addresses
	last  string         // Cookie header of the last request that had one
	jar   *cookiejar.Jar // what the visit is left with
}

func record(t *testing.T, base string) *recorder {
	t.Helper()
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	r.forget()
	r.Server = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.Host = p.In.Host // the app builds its redirects from it
			// Read whole: with a body that streams, the transport now and then
			// closes the connection under the answer of PHP's server.
			body, err := io.ReadAll(p.In.Body)
			if err != nil {
				t.Errorf("recording a request: %v", err)
			}
			p.Out.Body = io.NopCloser(bytes.NewReader(body))
		},
		ModifyResponse: func(resp *http.Response) error {
			r.keep(resp)
			return nil
		},
	})
	t.Cleanup(r.Close)
	return r
}

// keep notes a request and its answer. A request without cookies that is not
// the first is the stranger's of a confirm page, and not of the visit.
func (r *recorder) keep(resp *http.Response) {
	r.mu.Lock()
	defer r.mu.Unlock()
	cookies := resp.Request.Header.Get("Cookie")
	if cookies != "" || len(r.lines) == 0 {
		r.jar.SetCookies(resp.Request.URL, resp.Cookies())
	}
	if cookies != "" {
		r.last = cookies
	}
	r.lines = append(r.lines, resp.Request.Method+" "+resp.Request.URL.RequestURI())
}

// forget starts anew, before a visit.
func (r *recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jar, _ = cookiejar.New(nil)
	r.lines, r.last = nil, ""
}

func (r *recorder) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}

// sent returns the cookies that the visit sent last.
func (r *recorder) sent() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// left returns the cookies that the app left the visit with.
func (r *recorder) left(t *testing.T) string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	header := ""
	for _, c := range r.jar.Cookies(u) {
		header += c.Name + "=" + c.Value + "; "
	}
	return header
}

// get reads a page, with cookies where there are some.
func get(t *testing.T, address, cookies string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if cookies != "" {
		req.Header.Set("Cookie", cookies)
	}
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
