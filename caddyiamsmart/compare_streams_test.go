package caddyiamsmart_test

import (
	"io"
	"strings"
	"time"
)

// frame is a short websocket frame; that of a client is masked, with zeros.
func frame(head byte, fromClient bool, text string) string {
	mask := ""
	size := string([]byte{byte(len(text))})
	if fromClient {
		mask, size = "\x00\x00\x00\x00", string([]byte{byte(len(text)) | 0x80})
	}
	return string([]byte{head}) + size + mask + text
}

const opening = "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat.v2, chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"

const opened = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
	"Sec-WebSocket-Protocol: chat.v2\r\nX-Node: 1\r\n\r\n"

// socket is a websocket that ends when the application hangs up: it has heard and
// said these frames.
func socket(name, heard, said string) alike {
	return alike{name: name, script: func(x *exchange) {
		x.say(opened)
		m := message{}
		m.read(&limited{x, len(heard)})
		x.size, x.sum, x.whole, x.last = m.size, m.sum, m.whole, true
		x.say(said)
	}, talk: func(c *caller) {
		c.write(opening)
		c.answer("GET")
		c.write(heard)
		m := message{first: "the websocket says"}
		m.read(c.in)
		c.all = append(c.all, m)
	}}
}

// limited reads so much from the client of an exchange, and no more.
type limited struct {
	x    *exchange
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, io.EOF
	}
	n, err := l.x.in.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// alikeStreams are those in which it matters what comes first.
var alikeStreams = []alike{
	socket("websocket, text", frame(0x81, true, "hello"), frame(0x81, false, "hello")),
	socket("websocket, binary", frame(0x82, true, "\x00\xff\xfe"), frame(0x82, false, "\x00\xff\xfe")),
	socket("websocket, ping", frame(0x89, true, "are you there"), frame(0x8a, false, "are you there")),
	socket("websocket, parts", frame(0x01, true, "hel")+frame(0x80, true, "lo"), frame(0x01, false, "hel")+frame(0x80, false, "lo")),
	socket("websocket, close", frame(0x88, true, "\x03\xe8done"), frame(0x88, false, "\x0f\xa1of its own")),
	socket("websocket, large", "\x82\xff\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00"+strings.Repeat("0123456789abcdef", 1<<16),
		"\x82\x7f\x00\x00\x00\x00\x00\x10\x00\x00"+strings.Repeat("fedcba9876543210", 1<<16)),
	{name: "websocket, refused", send: opening, answer: "HTTP/1.1 426 Upgrade Required\r\nContent-Type: text/plain\r\nSec-WebSocket-Version: 8\r\n" + hello},
	{name: "websocket, gone at once", talk: func(c *caller) {
		c.write(opening)
		c.answer("GET")
		m := message{first: "the websocket says"}
		m.read(c.in)
		c.all = append(c.all, m)
	}, script: hangsUp(opened)},

	{name: "events", talk: func(c *caller) {
		c.write("GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nLast-Event-ID: 7\r\n\r\n")
		m := c.head()
		c.reads("b\r\ndata: one\n\n\r\n") // before the next is told
		c.proceed()
		c.reads("b\r\ndata: two\n\n\r\n")
		c.proceed()
		m.body(c.in, true)
		c.all = append(c.all, m)
	}, script: func(x *exchange) {
		x.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nX-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\nb\r\ndata: one\n\n\r\n")
		<-x.next
		x.say("b\r\ndata: two\n\n\r\n")
		<-x.next
		x.say("0\r\n\r\n")
	}},
	{name: "chunks as they come", talk: func(c *caller) {
		c.write(get)
		m := c.head()
		c.reads("5\r\nfirst\r\n")
		c.proceed()
		m.body(c.in, true)
		c.all = append(c.all, m)
	}, script: func(x *exchange) {
		x.say(textHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
		<-x.next
		x.say("6\r\nsecond\r\n0\r\n\r\n")
	}},
	{name: "a hint long before the answer", talk: func(c *caller) {
		c.write(get)
		c.all = append(c.all, c.hint())
		c.proceed()
		c.answer("GET")
	}, script: func(x *exchange) {
		x.say("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
		<-x.next
		x.say(textHead + hello)
	}},
	{name: "100-continue, welcome", talk: func(c *caller) {
		c.write("PUT /file HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
		if m := c.hint(); m.first != "HTTP/1.1 100 Continue" {
			c.Fatalf("not welcome: %q", m.first)
		}
		c.write("hello")
		c.answer("PUT")
		c.all[0].hints = nil // of plain Caddy itself comes one with its name, one without, or both
	}, script: func(x *exchange) {
		x.say("HTTP/1.1 100 Continue\r\n\r\n")
		x.hear()
		x.say(textHead + hello)
	}},
	{name: "100-continue, too large", talk: func(c *caller) {
		c.write("PUT /file HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2000000000\r\n\r\n")
		c.proceed()
		c.write(strings.Repeat("x", 300<<10)) // a client waits no longer, and plain Caddy says no only then
		c.answer("PUT")
	}, script: func(x *exchange) {
		x.say("HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain\r\nConnection: close\r\n" + hello)
		<-x.next
		x.last = true
	}},
	{name: "answered before it was heard", talk: func(c *caller) {
		c.write("POST /file HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello")
		c.proceed() // the answer was said
		c.write("world")
		c.answer("POST")
		c.proceed()
	}, script: func(x *exchange) {
		_, _ = x.in.Peek(5)
		x.say("HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n" + hello)
		<-x.next
		<-x.next
		x.last = true
	}},
	{name: "a slow body", talk: func(c *caller) {
		c.write("POST /file HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		c.proceed() // the application has the beginning
		c.write("6\r\n world\r\n0\r\n\r\n")
		c.answer("POST")
	}, script: func(x *exchange) {
		if peeked, _ := x.in.Peek(10); string(peeked) == "5\r\nhello\r\n" {
			<-x.next
		}
		x.hear()
		x.say(textHead + hello)
	}},
	{name: "the client goes away", talk: func(c *caller) {
		c.write("POST /file HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello")
		c.proceed()
		c.conn.Close()
	}, script: func(x *exchange) {
		_, _ = x.in.Peek(5)
		<-x.next
		x.hear()
		x.last = true
	}},
	{name: "the client goes away before the answer", talk: func(c *caller) {
		c.write(get)
		c.proceed()
		c.conn.Close()
	}, script: func(x *exchange) {
		<-x.next
		_ = x.conn.SetReadDeadline(time.Now().Add(waitsFor))
		_, err := x.in.ReadByte() // the proxy hangs up
		x.first, x.last = "gone: "+err.Error(), true
	}},
}
