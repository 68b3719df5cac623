package caddyiamsmart

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

const (
	echoHead   = 64 << 10 // bytes of a request that are shown
	echoBody   = 1 << 20  // bytes that are read and forgotten
	echoWithin = 10 * time.Second
	echoAtOnce = 32 // connections
)

// echo plays the application. It reads requests itself, because a server that knows
// HTTP would tidy them up before anybody sees them.
func (c *adminCaller) echo(ctx context.Context, address string) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return echoFails.fault(address, err.Error())
	}
	defer listener.Close()
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	c.says(echoListens.of(listener.Addr().String()))
	free := make(chan struct{}, echoAtOnce)
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return echoFails.fault(address, err.Error())
		}
		free <- struct{}{}
		go func() {
			defer func() { <-free }()
			showArrival(conn)
		}()
	}
}

// showArrival answers one request with what it is.
func showArrival(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(echoWithin))
	from := bufio.NewReader(io.LimitReader(conn, echoHead+echoBody))
	var head bytes.Buffer
	for head.Len() < echoHead {
		line, err := from.ReadSlice('\n')
		head.Write(line)
		if len(bytes.TrimRight(line, "\r\n")) == 0 && err == nil {
			break
		}
		if err != nil && err != bufio.ErrBufferFull {
			return // half a request
		}
	}
	page := upstream.ArrivalPage(head.Bytes())
	_, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n"+
		"Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n\r\n%s", len(page), page)
	if tcp, ok := conn.(*net.TCPConn); ok && err == nil {
		_ = tcp.CloseWrite()
		_, _ = io.Copy(io.Discard, from) // what is left unread would have the answer thrown away
	}
}
