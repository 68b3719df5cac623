package caddyiamsmart

import (
	"context"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/routes"
)

// machine is what the judging of ways has to know about this machine.
type machine struct {
	// own are its addresses but for loopback.
	own []netip.Addr
	// lookup gives the addresses of a host name, none where it knows none.
	lookup func(name string) []netip.Addr
}

const (
	lookupWithin = 3 * time.Second
	dialWithin   = time.Second
	ownMost      = 16 // addresses of this machine that are tried
)

// thisMachine knows its addresses, and asks DNS once for each name.
func thisMachine(ctx context.Context) machine {
	m := machine{}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		addresses = nil
	}
	for _, a := range addresses {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && !prefix.Addr().IsLoopback() && !prefix.Addr().IsLinkLocalUnicast() && len(m.own) < ownMost {
			m.own = append(m.own, prefix.Addr())
		}
	}
	known := make(map[string][]netip.Addr)
	m.lookup = func(name string) []netip.Addr {
		if found, ok := known[name]; ok {
			return found
		}
		ctx, cancel := context.WithTimeout(ctx, lookupWithin)
		defer cancel()
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		if err != nil {
			found = nil
		}
		known[name] = found
		return found
	}
	return m
}

// here stands for every address of this machine: what listens at one of them may
// listen at all.
const here = "this machine"

// keys are the names under which an address that Caddy dials is known; two that
// share one may be the same server. Of a host name its addresses count, but for
// public ones where only names are compared: many sites share those.
func (m machine) keys(address string, onlyNames bool) []string {
	if address == "" {
		return nil
	}
	if path, ok := socketOf(address); ok {
		return []string{"unix " + path}
	}
	host, port := splitDial(address)
	hosts := []string{host}
	if ip, err := netip.ParseAddr(host); err == nil {
		hosts = []string{m.keyOf(ip)}
	} else if host == "localhost" || host == "" {
		hosts = []string{here}
	} else {
		for _, ip := range m.lookup(host) {
			if key := m.keyOf(ip); key == here || ip.IsPrivate() || !onlyNames {
				hosts = append(hosts, key)
			}
		}
	}
	for i := range hosts {
		hosts[i] += " " + port
	}
	return hosts
}

func (m machine) keyOf(ip netip.Addr) string {
	ip = ip.Unmap()
	if ip.IsLoopback() || ip.IsUnspecified() || slices.Contains(m.own, ip) {
		return here
	}
	return ip.String()
}

// splitDial splits what Caddy dials: host and port, with or without a network.
func splitDial(address string) (host, port string) {
	address = address[strings.LastIndex(address, "/")+1:]
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return strings.ToLower(strings.Trim(address, "[]")), "80"
	}
	return strings.ToLower(host), port
}

func socketOf(address string) (path string, ok bool) {
	network, path, ok := strings.Cut(address, "/")
	if !ok || !strings.HasPrefix(network, "unix") {
		return "", false
	}
	return filepath.Clean(path), true
}

// onlyHere tells whether an address can be reached from this machine alone.
func onlyHere(address string) bool {
	if _, ok := socketOf(address); ok {
		return true
	}
	host, _ := splitDial(address)
	return host == "" || loopback(host)
}

// same tells whether somebody who comes to the first may come to the second: an
// application behind a gate.
func (m machine) same(open, guarded routes.Target) bool {
	switch {
	case open.Kind == routes.Proxy || guarded.Kind == routes.Proxy:
		return open.Kind == guarded.Kind && m.meet(open.Address, guarded.Address)
	case open.Root == "" || guarded.Root == "":
		// Files of a folder that is not known say nothing; a FastCGI server runs
		// what it is told to.
		return open.Kind == routes.FastCGI && guarded.Kind == routes.FastCGI && m.meet(open.Address, guarded.Address)
	case open.Kind == routes.Files:
		return within(guarded.Root, open.Root)
	}
	return within(guarded.Root, open.Root) || within(open.Root, guarded.Root)
}

func (m machine) meet(a, b string) bool {
	hostA, portA := splitDial(a)
	hostB, portB := splitDial(b)
	if portA != portB {
		return false // and no name has to be looked up
	}
	_, errA := netip.ParseAddr(hostA)
	_, errB := netip.ParseAddr(hostB)
	onlyNames := errA != nil && errB != nil
	keys := m.keys(b, onlyNames)
	return slices.ContainsFunc(m.keys(a, onlyNames), func(key string) bool { return slices.Contains(keys, key) })
}

// within tells whether a folder is, or lies in, another.
func within(folder, other string) bool {
	relative, err := filepath.Rel(filepath.Clean(other), filepath.Clean(folder))
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

// answering lists the addresses of this machine, but for loopback, at which
// somebody takes connections to a port.
func (m machine) answering(ctx context.Context, port string) []string {
	found := make([]string, len(m.own))
	done := make(chan struct{})
	for i, ip := range m.own {
		go func() {
			defer func() { done <- struct{}{} }()
			address := net.JoinHostPort(ip.String(), port)
			conn, err := (&net.Dialer{Timeout: dialWithin}).DialContext(ctx, "tcp", address)
			if err == nil {
				conn.Close()
				found[i] = address
			}
		}()
	}
	for range m.own {
		<-done
	}
	return slices.DeleteFunc(found, func(address string) bool { return address == "" })
}
