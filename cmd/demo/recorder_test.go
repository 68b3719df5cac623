package main

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
)

// recorder stands before the application and keeps what arrives. It can be
// switched off like a server, and has an old page made of frames.
type recorder struct {
	app  http.Handler
	down atomic.Bool

	mu      sync.Mutex
	arrived []arrival
}

// arrival is one request that reached the application.
type arrival struct {
	path     string
	gateOwn  bool     // the gate itself asks whether a password is right
	identity []string // values of the identity header
	cookies  string
}

const frameset = `<!doctype html><html lang="en"><head><title>Frames – Care records</title></head>` +
	`<frameset rows="40%,60%"><frame name="list" title="List" src="/"><frame name="card" title="Card" src="/residents/101"></frameset></html>`

func (a *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.arrived = append(a.arrived, arrival{
		path: r.URL.Path, gateOwn: r.Header.Get("X-Forwarded-Host") == "",
		identity: slices.Clone(r.Header.Values("X-Remote-User")), cookies: r.Header.Get("Cookie"),
	})
	a.mu.Unlock()
	if a.down.Load() {
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	if r.URL.Path == "/frames" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(frameset)) // the browser may have gone
		return
	}
	a.app.ServeHTTP(w, r)
}

// all are the paths of the requests that reached the application so far.
func (a *recorder) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var paths []string
	for _, one := range a.arrived {
		paths = append(paths, one.path)
	}
	return paths
}

// visits are the requests of browsers that reached the application so far.
func (a *recorder) visits() []arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.arrived), func(one arrival) bool { return one.gateOwn })
}
