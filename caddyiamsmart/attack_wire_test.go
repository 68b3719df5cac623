package caddyiamsmart_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// rawRequest is what a client sends. Its lines go out as they stand, where a
// client of a library would refuse or tidy them up.
type rawRequest struct {
	method, target string
	lines          []string // header lines without line ends
	body           string
	trailers       []string // with any, the body goes out in chunks
}

func (q rawRequest) with(lines ...string) rawRequest {
	q.lines = append(append([]string(nil), q.lines...), lines...)
	return q
}

// rawReply is what came back. Status 0 means that the server would not have the
// request: it ended the stream or the connection.
type rawReply struct {
	status int
	head   string // status line and header lines, over HTTP/1.1 byte for byte
	header http.Header
	body   string
}

// bytes is the request as HTTP/1.1.
func (q rawRequest) bytes(host string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", q.method, q.target, host)
	for _, line := range q.lines {
		b.WriteString(line + "\r\n")
	}
	switch {
	case len(q.trailers) > 0:
		fmt.Fprintf(&b, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n", len(q.body), q.body)
		for _, line := range q.trailers {
			b.WriteString(line + "\r\n")
		}
		b.WriteString("\r\n")
	case q.body != "":
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(q.body), q.body)
	default:
		b.WriteString("\r\n")
	}
	return b.String()
}

// overH1 sends a request over HTTP/1.1.
func overH1(t *testing.T, host string, q rawRequest) rawReply {
	t.Helper()
	return sendRaw(t, host, q.method, q.bytes(host))
}

// sendRaw sends bytes as they are.
func sendRaw(t *testing.T, host, method, text string) rawReply {
	t.Helper()
	c := dialRaw(t, host)
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		return rawReply{}
	}
	var seen bytes.Buffer
	in := bufio.NewReader(io.TeeReader(c, &seen))
	answer, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return rawReply{}
	}
	defer answer.Body.Close()
	p := rawReply{status: answer.StatusCode, header: answer.Header}
	if p.status != http.StatusSwitchingProtocols {
		body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		p.body = string(body)
	}
	p.head, _, _ = strings.Cut(seen.String(), "\r\n\r\n")
	return p
}

func dialRaw(t *testing.T, host string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.Replace(host, "localhost", "127.0.0.1", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(exchangeDeadline()); err != nil {
		t.Fatal(err)
	}
	return c
}

// overH2 sends a request over HTTP/2 without TLS. Names go out in lower case, as
// that protocol has it; overH2Raw sends anything.
func overH2(t *testing.T, host string, q rawRequest) rawReply {
	t.Helper()
	return overH2Raw(t, host, q.method, q.target, fieldsOf(q.lines), q.body, fieldsOf(q.trailers))
}

func fieldsOf(lines []string) []hpack.HeaderField {
	var fields []hpack.HeaderField
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		fields = append(fields, hpack.HeaderField{Name: strings.ToLower(name), Value: strings.TrimSpace(value)})
	}
	return fields
}

func overH2Raw(t *testing.T, host, method, target string, fields []hpack.HeaderField, body string, trailers []hpack.HeaderField) rawReply {
	t.Helper()
	c := dialRaw(t, host)
	defer c.Close()
	if _, err := io.WriteString(c, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	f := http2.NewFramer(c, c)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	var block bytes.Buffer
	pack := hpack.NewEncoder(&block)
	send := func(end bool, fields ...hpack.HeaderField) error {
		block.Reset()
		for _, field := range fields {
			if err := pack.WriteField(field); err != nil {
				return err
			}
		}
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: end})
	}
	head := append([]hpack.HeaderField{
		{Name: ":method", Value: method}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: host}, {Name: ":path", Value: target},
	}, fields...)
	whole := body == "" && trailers == nil
	err := f.WriteSettings()
	if err == nil {
		err = send(whole, head...)
	}
	if err == nil && !whole {
		err = f.WriteData(1, trailers == nil, []byte(body))
	}
	if err == nil && trailers != nil {
		err = send(true, trailers...)
	}
	if err != nil {
		return rawReply{} // the server has hung up
	}
	return overH2Answer(f)
}

// overH2Answer reads frames until the answer of stream 1 is whole or refused.
func overH2Answer(f *http2.Framer) rawReply {
	p := rawReply{header: make(http.Header)}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return rawReply{}
		}
		ended := false
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = f.WriteSettingsAck()
			}
		case *http2.MetaHeadersFrame:
			for _, field := range frame.Fields {
				p.header.Add(field.Name, field.Value)
				p.head += field.Name + ": " + field.Value + "\r\n"
			}
			_, _ = fmt.Sscan(frame.PseudoValue("status"), &p.status)
			ended = frame.StreamEnded()
		case *http2.DataFrame:
			p.body += string(frame.Data())
			ended = frame.StreamEnded()
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return rawReply{}
		}
		if err != nil {
			return rawReply{}
		}
		if ended {
			return p
		}
	}
}
