package caddyiamsmart_test

import "strings"

// sending is a request that gets a small answer.
func sending(name, first string, lines string, body string, differs map[string]string) alike {
	return alike{name: name, send: first + " HTTP/1.1\r\nHost: localhost\r\n" + lines + "\r\n" + body, answer: textHead + hello, differs: differs}
}

// alikeRequests are requests of the client.
var alikeRequests = []alike{
	sending("POST", "POST /form", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n", "a=1&b=2", nil),
	sending("POST of nothing", "POST /form", "Content-Length: 0\r\n", "", nil),
	sending("POST without a length", "POST /form", "", "", nil),
	sending("PUT", "PUT /file", "Content-Length: 5\r\n", "hello", nil),
	sending("PATCH", "PATCH /file", "Content-Length: 5\r\n", "hello", nil),
	sending("DELETE", "DELETE /file", "", "", nil),
	sending("DELETE with a body", "DELETE /file", "Content-Length: 5\r\n", "hello", nil),
	sending("PROPFIND", "PROPFIND /dav", "Depth: 1\r\nContent-Length: 5\r\n", "<a/>\n", nil),
	sending("a method of its own", "Purge-It /cache", "", "", nil),
	sending("OPTIONS", "OPTIONS /api", "Origin: https://elsewhere.example\r\nAccess-Control-Request-Method: PUT\r\n", "", nil),
	{name: "OPTIONS of the server", send: "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", answer: textHead + hello, heard: -1},
	sending("a body on GET", "GET /search", "Content-Length: 5\r\n", "hello", nil),
	sending("chunks", "POST /form", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n", nil),
	sending("chunks of nothing", "POST /form", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", nil),
	sending("a trailer", "POST /form", "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n", "5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n", map[string]string{
		"application: Trailer":       "trailers are dropped whole: an application may read one as a header",
		"application: trailer X-Sum": "likewise",
	}),
	sending("a megabyte", "POST /form", "Content-Length: 1048576\r\n", strings.Repeat("0123456789abcdef", 1<<16), nil),
	sending("a long address", "GET /"+strings.Repeat("a/", 3000)+"?q="+strings.Repeat("x", 3000), "", "", nil),
	sending("escapes", "GET /a%2Fb/%2e%2E/c;jsessionid=1F?x=%zz&y=%", "", "", nil),
	sending("escapes that are no UTF-8", "GET /%b3%af/%C3?n=%b3%af&n=+", "", "", nil),
	sending("raw bytes in the path", "GET /\xb3\xaf/x?\xb3\xaf", "", "", nil),
	sending("what no address may hold", "GET /a|b/\"c\"/{d}/^e`?f|g=\"h\"", "", "", nil),
	sending("what no address may hold, beside an escaped slash", "GET /a|b%2Fc", "", "", map[string]string{
		"application: first line": "the escape goes on as it came, where plain Caddy takes it for a slash",
	}),
	sending("empty segments and dots", "GET //a///b/./c/../d/?", "", "", nil),
	sending("a whole address", "GET http://localhost/records?x=1", "", "", nil),
	sending("odd names and duplicates", "GET /records", "x-lower: a\r\nX-MIXED: b\r\nX_Under.dot: c\r\nX-Two: 1\r\nX-Two: 2\r\nX-Empty:\r\nX-Blanks:   a  b  \r\nX-Bytes: \xb3\xaf\r\n", "", nil),
	sending("cookies in odd forms", "GET /records", "Cookie: a=\"b c\";b=1;; =x; alone;a=2\r\nCookie: \xb3\xaf=\"\r\n", "", nil),
	sending("the application's session of another login", "GET /records", "Cookie: a=1; PHPSESSID=abc\r\n", "", map[string]string{
		"application: Cookie": "it was set in no login of the gate",
	}),
	sending("what would pass for somebody", "GET /records", "X-Remote-User: li.md\r\nX_Remote-User: li.md\r\nRemote-User: li.md\r\nX-HTTP-Method-Override: DELETE\r\n", "", map[string]string{
		"application: Remote-User":            "a name under which applications expect who is calling",
		"application: X-Http-Method-Override": "the rules are about the method that is seen",
	}),
	sending("X-Forwarded", "GET /records", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nForwarded: for=203.0.113.9\r\nX-Real-IP: 203.0.113.9\r\nVia: 1.1 before\r\n", "", nil),
	sending("Authorization", "GET /records", "Authorization: Basic YTpi\r\nProxy-Authorization: Basic YTpi\r\n", "", nil),
	sending("negotiation", "GET /records", "Accept: */*\r\nAccept-Encoding: gzip, br\r\nAccept-Language: zh-HK\r\nUser-Agent: \r\nTE: trailers\r\nPriority: u=1\r\n", "", nil),
	sending("a header for this hop", "GET /records", "Connection: X-Hop, keep-alive\r\nKeep-Alive: timeout=5\r\nProxy-Connection: close\r\nX-Hop: 1\r\n", "", map[string]string{
		"application: X-Hop": "no client has a proxy remove a header that the gate sets",
	}),
	sending("an upgrade to another protocol", "GET /records", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n", "", map[string]string{
		"application: Upgrade":    "a client could then send what nobody scrubs",
		"application: Connection": "likewise",
	}),
	{name: "a service worker", send: "GET /sw.js HTTP/1.1\r\nHost: localhost\r\n\r\n", answer: textHead + hello},
	{name: "HTTP/1.0", send: "GET /records HTTP/1.0\r\nHost: localhost\r\n\r\n", answer: textHead + hello, talk: closing("GET /records HTTP/1.0\r\nHost: localhost\r\n\r\n")},
	{name: "HTTP/1.0 kept alive", answer: textHead + hello, talk: closing("GET /records HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")},
	{name: "HTTP/1.0, answered in chunks", answer: textHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", talk: closing("GET /records HTTP/1.0\r\nHost: localhost\r\n\r\n")},
	{name: "Connection: close", answer: textHead + hello, talk: closing("GET /records HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")},
	{name: "one after the other", answer: textHead + hello, heard: 3, talk: func(c *caller) {
		for range 2 {
			c.write(get)
			c.answer("GET")
		}
		c.write("POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
		c.answer("POST")
		c.closed()
	}},
	{name: "a body that contradicts itself", heard: -1, answer: textHead + hello,
		send: "POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"},
	{name: "no HTTP", heard: -1, send: "GET /records HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n"},
	{name: "an escape that is broken", heard: -1, send: "GET /a%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
}

// closing is a request after whose answer the connection may be closed.
func closing(send string) func(*caller) {
	return func(c *caller) {
		c.write(send)
		c.answer("GET")
		c.closed()
	}
}
