package caddyiamsmart_test

import "strings"

const (
	get      = "GET /records HTTP/1.1\r\nHost: localhost\r\n\r\n"
	textHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	hello    = "Content-Length: 5\r\n\r\nhello"
)

// answering is an answer to a plain GET.
func answering(name, answer string, differs map[string]string) alike {
	return alike{name: name, send: get, answer: answer, differs: differs}
}

// hangsUp is a script that answers and ends the connection.
func hangsUp(answer string) func(*exchange) {
	return func(x *exchange) {
		x.hear()
		x.say(answer)
		x.last = true
	}
}

// alikeAnswers are answers of the application.
var alikeAnswers = []alike{
	answering("a small answer", textHead+hello, nil),
	answering("HTML", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: max-age=60\r\n"+hello, map[string]string{
		"client: Cache-Control": "what one person sees is not kept for the next at the same PC",
	}),
	answering("for shared caches", textHead+"Cache-Control: public, max-age=60\r\n"+hello, map[string]string{
		"client: Cache-Control": "what one person sees is nobody else's",
	}),
	answering("for private caches", textHead+"Cache-Control: private, max-age=60\r\nPragma: cache\r\nExpires: 0\r\nVary: Cookie\r\n"+hello, nil),
	answering("odd names and duplicates", textHead+"x-lower: a\r\nX-MIXED-Case: b\r\nx_under.dot: c\r\nX-Two: 1\r\nX-Two: 2\r\nX-Empty:\r\nWWW-Authenticate: Basic realm=\"a\"\r\nWWW-Authenticate: Negotiate\r\n"+hello, nil),
	answering("bytes that are no UTF-8", textHead+"X-Big5: \xb3\xaf\xa4\xd6\r\nContent-Disposition: attachment; filename=\"\xb3\xaf.pdf\"; filename*=UTF-8''%E9%99%B3.pdf\r\n"+hello, nil),
	answering("cookies in odd forms", textHead+"Set-Cookie: a=\"b c\"; path=/; EXPIRES=Thu, 01 Jan 1970 00:00:00 GMT\r\nSet-Cookie: =nameless\r\nSet-Cookie: alone\r\nSet-Cookie: \xb3\xaf=1\r\nSet-Cookie: a=2; SameSite=None\r\n"+hello, nil),
	answering("the application's session", textHead+"Set-Cookie: PHPSESSID=abc; path=/\r\n"+hello, map[string]string{
		"client: Set-Cookie": "the application's session belongs to the login in which it was set",
	}),
	answering("Date, Server and Via", textHead+"Date: Tue, 01 Dec 2026 00:00:00 GMT\r\nServer: legacy/1.0\r\nVia: 1.0 inner\r\nX-Powered-By: PHP/4.4\r\n"+hello, nil),
	answering("302", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:8080/a b?x=\xb3\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n", nil),
	answering("307 to itself", "HTTP/1.1 307 Temporary Redirect\r\nLocation: //localhost/..%2f\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n", nil),
	answering("204", "HTTP/1.1 204 No Content\r\n\r\n", nil),
	answering("304", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", nil),
	answering("404", "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", nil),
	answering("500 with a reason of its own", "HTTP/1.1 500 Out of beds\r\nContent-Type: text/plain\r\n"+hello, nil),
	answering("a status that nobody knows", "HTTP/1.1 799 Odd\r\nContent-Type: text/plain\r\n"+hello, nil),
	answering("chunks", textHead+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", nil),
	answering("chunks and announced trailers", textHead+"Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n", nil),
	answering("chunks and other trailers", textHead+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n", nil),
	answering("a cookie in a trailer", textHead+"Transfer-Encoding: chunked\r\nTrailer: Set-Cookie, X-Sum\r\n\r\n5\r\nhello\r\n0\r\nSet-Cookie: PHPSESSID=a\r\nX-Sum: 42\r\n\r\n", map[string]string{
		"client: Trailer":            "a trailer sets no cookie: it has met no filter",
		"client: trailer Set-Cookie": "likewise",
	}),
	answering("early hints", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b.css>; rel=preload\r\nX-More: 1\r\n\r\n"+textHead+"Link: </a.css>; rel=preload\r\n"+hello, nil),
	answering("102", "HTTP/1.1 102 Processing\r\n\r\n"+textHead+hello, nil),
	answering("gzip", textHead+"Content-Encoding: gzip\r\nVary: Accept-Encoding\r\nContent-Length: 25\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00", nil),
	answering("a megabyte", textHead+"Content-Length: 1048576\r\n\r\n"+strings.Repeat("0123456789abcdef", 1<<16), nil),
	{name: "HTTP/1.0 of the application", send: get, script: hangsUp("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end")},
	{name: "the application closes", send: get, script: hangsUp(textHead + "Connection: close\r\n" + hello)},
	{name: "the application hangs up midway", send: get, script: hangsUp(textHead + "Content-Length: 500\r\n\r\nhello")},
	{name: "it hangs up amid chunks", send: get, script: hangsUp(textHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")},
	{name: "it says nothing at all", send: get, script: hangsUp("")},
	{name: "it talks nonsense", send: get, script: hangsUp("SSH-2.0-OpenSSH\r\n\r\n")},
	{name: "a header too large", send: get, script: hangsUp(textHead + "X-Large: " + strings.Repeat("x", 12<<20) + "\r\n" + hello)},

	{name: "a range", send: "GET /film HTTP/1.1\r\nHost: localhost\r\nRange: bytes=2-4\r\nIf-Range: \"a\"\r\n\r\n",
		answer: "HTTP/1.1 206 Partial Content\r\nContent-Type: video/mp4\r\nETag: \"a\"\r\nAccept-Ranges: bytes\r\nContent-Range: bytes 2-4/9\r\nContent-Length: 3\r\n\r\n234"},
	{name: "ranges", send: "GET /film HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-0,-1\r\n\r\n",
		answer: "HTTP/1.1 206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=x\r\nContent-Length: 9\r\n\r\n--x\r\n\r\n0\r\n"},
	{name: "a range too far", send: "GET /film HTTP/1.1\r\nHost: localhost\r\nRange: bytes=99-\r\n\r\n",
		answer: "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Type: text/plain\r\nContent-Range: bytes */9\r\nContent-Length: 0\r\n\r\n"},
	{name: "If-None-Match", send: "GET /film HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: W/\"a\", \"b\"\r\nIf-Modified-Since: Tue, 01 Dec 2026 00:00:00 GMT\r\n\r\n",
		answer: "HTTP/1.1 304 Not Modified\r\nETag: W/\"a\"\r\nCache-Control: max-age=60\r\n\r\n"},
	{name: "HEAD", send: "HEAD /film HTTP/1.1\r\nHost: localhost\r\n\r\n", answer: textHead + "Content-Length: 2000000000\r\nAccept-Ranges: bytes\r\n\r\n"},
	{name: "HEAD without a length", send: "HEAD /film HTTP/1.1\r\nHost: localhost\r\n\r\n", answer: textHead + "\r\n"},
}
