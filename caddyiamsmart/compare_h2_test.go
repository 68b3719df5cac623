package caddyiamsmart_test

import (
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"
)

// alikeH2 is a request over HTTP/2.
func alikeH2(name, method, target, body string, lines, trailers []string, answer string, differs map[string]string) alike {
	return alike{name: "HTTP/2, " + name, answer: answer, differs: differs, talk: func(c *caller) {
		brought := lines
		if c.cookie != "" {
			brought = append([]string{c.cookie}, lines...)
		}
		var after []hpack.HeaderField
		if trailers != nil {
			after = fieldsOf(trailers)
		}
		p := overH2Raw(c.T, strings.Replace(c.conn.RemoteAddr().String(), "127.0.0.1", "localhost", 1), method, target, fieldsOf(brought), body, after)
		c.all = append(c.all, message{
			first: fmt.Sprint(p.status), lines: strings.Split(dateless(p.head), "\r\n"), size: int64(len(p.body)),
			sum: crc32.ChecksumIEEE([]byte(p.body)), whole: p.status != 0,
		})
	}}
}

// dateless writes the name of the one header that time changes as HTTP/1.1 does.
func dateless(head string) string { return strings.Replace(head, "date: ", "Date: ", 1) }

var alikeOverH2 = []alike{
	alikeH2("GET", "GET", "/a%2Fb;x?y=%b3", "", []string{"x-two: 1", "x-two: 2", "accept-encoding: gzip", "cookie: a=1", "cookie: b=2"}, nil, textHead+"X-Two: 1\r\nX-Two: 2\r\n"+hello, nil),
	alikeH2("HEAD", "HEAD", "/film", "", nil, nil, textHead+"Content-Length: 2000000000\r\n\r\n", nil),
	alikeH2("POST", "POST", "/form", "a=1&b=2", []string{"content-type: application/x-www-form-urlencoded"}, nil, textHead+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", nil),
	alikeH2("204", "DELETE", "/file", "", nil, nil, "HTTP/1.1 204 No Content\r\n\r\n", nil),
	alikeH2("early hints", "GET", "/", "", nil, nil, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"+textHead+hello, nil),
	alikeH2("trailers of the answer", "GET", "/", "", nil, nil, textHead+"Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n", nil),
	alikeH2("a trailer of the request", "POST", "/form", "hello", []string{"trailer: x-sum"}, []string{"x-sum: 42"}, textHead+hello, map[string]string{
		"application: Trailer":       "trailers are dropped whole: an application may read one as a header",
		"application: trailer X-Sum": "likewise",
	}),
}

// pattern is a body of any size that nobody has to keep.
type pattern struct {
	block []byte
	at    int
}

func (p *pattern) Read(b []byte) (int, error) {
	n := copy(b, p.block[p.at:])
	p.at = (p.at + n) % len(p.block)
	return n, nil
}

// Given an upload of 2 GB by who is logged in, then it arrives whole, byte for byte,
// while nobody keeps more of it than passes.
func TestBudgetOfAnUploadOf2GB(t *testing.T) {
	size := int64(2) << 30
	if raceDetector {
		size = 64 << 20
	}
	w := newComparison(t)
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(i * 131 >> 7)
	}
	want := message{}
	want.read(io.LimitReader(&pattern{block: block}, size))
	began := time.Now()
	_, app := w.exchanges(t, alike{answer: textHead + hello, talk: func(c *caller) {
		if err := c.conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		c.write(fmt.Sprintf("PUT /film HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", size))
		if _, err := io.CopyBuffer(struct{ io.Writer }{c.conn}, io.LimitReader(&pattern{block: block}, size), make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		c.answer("PUT")
		if got := c.all[0].first; got != "HTTP/1.1 200 OK" {
			t.Fatalf("the gate answers %q", got)
		}
	}}, w.Port, w.cookie)
	t.Logf("%d MB in %v", size>>20, time.Since(began))
	if !app[0].whole || app[0].size != size || app[0].sum != want.sum {
		t.Errorf("%d bytes arrive, with the sum %x; sent were %d with %x", app[0].size, app[0].sum, size, want.sum)
	}
}
