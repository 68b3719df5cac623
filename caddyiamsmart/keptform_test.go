package caddyiamsmart_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

// ward is a home in which forms are written, and a clock that can be moved on.
type ward struct {
	*world
	late *atomic.Int64
	mu   sync.Mutex
	got  []noted
}

// noted is a form that the application was sent.
type noted struct {
	address, kind, referer, user, body string
}

func newWard(t *testing.T, gate string) *ward {
	t.Helper()
	w := &ward{late: new(atomic.Int64)}
	t.Cleanup(caddyiamsmart.LiveAt(func() time.Time { return time.Now().Add(time.Duration(w.late.Load())) }))
	w.world = newWorld(t, site{Gate: english + "public /open/*\napp_logout /bye\n" + gate, More: `http://localhost:{{.Port2}} {
	iamsmart {
		realm second
		public_url {{.Gate2}}
		accounts form {{.App2}}/login {
			fields user pass
		}
		header_up X-Remote-User {iamsmart.account}
		` + english + `
	}
	reverse_proxy {{.App2Host}}
}`})
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			w.mu.Lock()
			w.got = append(w.got, noted{r.URL.RequestURI(), r.Header.Get("Content-Type"), r.Header.Get("Referer"), r.Header.Get("X-Remote-User"), string(body)})
			w.mu.Unlock()
			_, _ = io.WriteString(rw, "<p id=user>saved</p>")
			return
		}
		_, _ = io.WriteString(rw, "<p id=user>"+r.Header.Get("X-Remote-User")+"</p>")
	}
	return w
}

// notes are the forms that arrived since the last time.
func (w *ward) notes() []noted {
	w.mu.Lock()
	defer w.mu.Unlock()
	got := w.got
	w.got = nil
	return got
}

// idles lets a quarter of an hour and more go by, in which browsers forget what they
// were told to keep for minutes.
func (w *ward) idles(browsers ...*browser) {
	w.late.Add(int64(20 * time.Minute))
	for _, b := range browsers {
		for name := range b.named("-f-") {
			delete(b.cookies["localhost"], name)
		}
	}
}

// sendsLate sends a form as a browser does that shows a page of the application.
func (b *browser) sendsLate(address, kind, body string, headers map[string]string) *shown {
	b.t.Helper()
	b.at = b.w.Gate + "/notes"
	return b.ask(http.MethodPost, b.w.Gate+address, nil, func(r *http.Request) {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Referer", b.w.Gate+"/notes?room=101")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		with(headers)(r)
	})
}

const (
	urlencoded = "application/x-www-form-urlencoded"
	ownNote    = "note=a%20b+c&note=%E6%97%A5&csrf=x%2By"
)

// resume sends what is kept, from the page that offers it.
func (b *browser) resume(p *shown, address string) *shown {
	b.t.Helper()
	b.at = b.w.Gate + "/iamsmart/resume"
	form := url.Values{"iamsmart-resume": {hidden(p, "iamsmart-resume")}}
	return b.ask(http.MethodPost, b.w.Gate+address, form, with(map[string]string{"Referer": b.w.Gate + "/iamsmart/resume"}))
}

// Given a person who types for so long that their session ends, when they send it, then
// it is kept for them, and goes to the application byte for byte once they have logged in
// and said so; once.
func TestAFormSentTooLateIsKept(t *testing.T) {
	for name, c := range map[string]struct{ kind, body string }{
		"urlencoded":                     {urlencoded, ownNote},
		"with a charset":                 {urlencoded + "; charset=big5", "note=%A4%A4"},
		"multipart, an empty file field": {"multipart/form-data; boundary=x-1", "--x-1\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n\x00\xff text\r\n--x-1\r\nContent-Disposition: form-data; name=\"scan\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--x-1--\r\n"},
		"large":                          {urlencoded, "note=" + strings.Repeat("a", 256<<10-5)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWard(t, "")
			b := w.arrive("chan", "chan.sm", "night-shift-7")
			b.visit("/notes")
			w.idles()
			b.ask(http.MethodGet, w.Gate+"/poll", nil, with(map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Sec-Fetch-User": ""})) // a page that polls ends the session first
			p := b.sendsLate("/notes/save?room=101", c.kind, c.body, nil).want(t, 401, "What you typed is safe", "within 30 minutes", "Login with iAM Smart")
			if got := w.notes(); len(got) != 0 {
				t.Fatalf("it reached the application: %v", got)
			}
			w.load() // and a restart of Caddy loses nothing
			p = b.follow(b.decide(p, "chan", "approve")).want(t, 200, "You typed this before you were logged out", "Send to /notes/save?room=101", "Throw away")
			p = b.resume(p, "/notes/save?room=101").want(t, 200)
			if p.user() != "saved" {
				t.Errorf("the answer is not the application's:\n%s", p.body)
			}
			want := noted{"/notes/save?room=101", c.kind, w.Gate + "/notes?room=101", "chan.sm", c.body}
			if got := w.notes(); len(got) != 1 || got[0] != want {
				t.Errorf("the application got %.300v, want %.300v", got, want)
			}
			b.visit("/iamsmart/resume")
			if n := w.rows("kept_forms"); n != 0 {
				t.Errorf("%d forms are kept", n)
			}
		})
	}
}

// Given a form that is kept, then nobody but its owner sees or sends it, nobody sends it
// twice, and it is gone after half an hour or when it is thrown away.
func TestAKeptFormIsItsOwnersAlone(t *testing.T) {
	w := newWard(t, "")
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	other := w.arrive("wong", "wong.ml", "ward-two-4")
	keep := func(t *testing.T) *shown {
		t.Helper()
		b.visit("/notes").want(t, 200)
		w.idles(b, other)
		p := b.sendsLate("/notes/save", urlencoded, ownNote, nil).want(t, 401, "What you typed is safe")
		other.follow(other.decide(other.visit("/notes"), "wong", "approve"))
		return b.follow(b.decide(p, "chan", "approve")).want(t, 200, "Send to /notes/save")
	}
	t.Run("another person", func(t *testing.T) {
		p := keep(t)
		if q := other.visit("/iamsmart/resume"); strings.Contains(q.body, "notes/save") {
			t.Errorf("another person sees it:\n%s", q.body)
		}
		other.resume(p, "/notes/save").want(t, 403)
		// The next person at the same computer is not told of it, either.
		b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
		if q := b.follow(b.decide(b.visit("/iamsmart/resume"), "wong", "approve")); strings.Contains(q.body, "notes/save") {
			t.Errorf("the next person sees it:\n%s", q.body)
		}
		b.resume(p, "/notes/save").want(t, 403)
		b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
		b.login("chan", "approve")
		b.resume(b.visit("/iamsmart/resume"), "/notes/save").want(t, 200)
		if got := w.notes(); len(got) != 1 {
			t.Errorf("the application got %v", got)
		}
	})
	t.Run("another address, another site, another time", func(t *testing.T) {
		p := keep(t)
		b.resume(p, "/notes/delete").want(t, 403)
		p = b.visit("/iamsmart/resume") // it is still there
		cross := map[string]string{"Referer": w.Gate + "/iamsmart/resume", "Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
		b.ask(http.MethodPost, w.Gate+"/notes/save", url.Values{"iamsmart-resume": {hidden(p, "iamsmart-resume")}}, with(cross)).want(t, 403)
		var all sync.WaitGroup
		var sent atomic.Int32
		for range 8 {
			all.Go(func() {
				form := url.Values{"iamsmart-resume": {hidden(p, "iamsmart-resume")}}
				q, err := b.try(http.MethodPost, w.Gate+"/notes/save", form, with(map[string]string{"Referer": w.Gate + "/iamsmart/resume", "Sec-Fetch-Site": "same-origin"}))
				if err == nil && q.StatusCode == 200 {
					sent.Add(1)
				}
			})
		}
		all.Wait()
		if got := w.notes(); len(got) != 1 || sent.Load() != 1 {
			t.Errorf("%d clicks were answered, and the application got %v", sent.Load(), got)
		}
	})
	t.Run("after half an hour", func(t *testing.T) {
		p := keep(t)
		for range 3 { // without idling
			w.late.Add(int64(11 * time.Minute))
			b.visit("/notes").want(t, 200)
		}
		b.resume(p, "/notes/save").want(t, 403)
	})
	t.Run("thrown away", func(t *testing.T) {
		p := keep(t)
		b.submit(p, "/iamsmart/resume", nil)
		b.resume(p, "/notes/save").want(t, 403)
	})
	t.Run("altered in the store", func(t *testing.T) {
		keep(t)
		w.behind("UPDATE kept_forms SET sealed = x'00'")
		b.visit("/iamsmart/resume").want(t, 503)
	})
	t.Run("unlinked", func(t *testing.T) {
		w.behind("DELETE FROM kept_forms")
		keep(t)
		w.behind("DELETE FROM links WHERE account_name = 'chan.sm'")
		if n := w.rows("kept_forms"); n != 0 {
			t.Errorf("%d forms are kept", n)
		}
	})
	if got := w.notes(); len(got) != 0 {
		t.Errorf("the application got %v", got)
	}
}

// Given what is not kept, then the page says so before the application's page is gone.
func TestWhatIsNotKeptIsSaid(t *testing.T) {
	file := new(bytes.Buffer)
	form := multipart.NewWriter(file)
	part, err := form.CreateFormFile("scan", "scan.pdf")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("%PDF"))
	form.Close()
	w := newWard(t, "")
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	const not, lost = "could not keep what you typed (it has a file or is too large). Press Back", "Log in"
	for name, c := range map[string]struct {
		address, kind, body string
		headers             map[string]string
		says                string
	}{
		"a file":                  {"/notes/save", form.FormDataContentType(), file.String(), nil, not},
		"too large":               {"/notes/save", urlencoded, strings.Repeat("a", 256<<10+1), nil, not},
		"plain text":              {"/notes/save", "text/plain", "a=b", nil, not},
		"a broken multipart":      {"/notes/save", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data", nil, not},
		"the application's login": {"/login", urlencoded, "user=chan.sm&pass=night-shift-7", nil, not},
		"its login, in disguise":  {"/LOGIN;a=b", urlencoded, "user=chan.sm&pass=night-shift-7", nil, not},
		"its logout":              {"/bye", urlencoded, "a=b", nil, not},
		"a foreign page":          {"/notes/save", urlencoded, ownNote, map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}, lost},
	} {
		t.Run(name, func(t *testing.T) {
			b.visit("/notes").want(t, 200)
			w.idles(b)
			p := b.sendsLate(c.address, c.kind, c.body, c.headers).want(t, 401, c.says)
			if n := w.rows("kept_forms"); n != 0 {
				t.Errorf("%d forms are kept", n)
			}
			b.follow(b.decide(p, "chan", "approve")).want(t, 200)
		})
	}
	t.Run("a script", func(t *testing.T) {
		b.visit("/notes").want(t, 200)
		w.idles()
		p := b.sendsLate("/notes/save", urlencoded, ownNote, map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})
		if p.StatusCode != 401 || p.Header.Get("X-IAmSmart-Login") != "/iamsmart/login" || w.rows("kept_forms") != 0 {
			t.Errorf("%d, %q", p.StatusCode, p.Header.Get("X-IAmSmart-Login"))
		}
		b.login("chan", "approve")
	})
	t.Run("the longest time is over", func(t *testing.T) {
		w.late.Add(int64(14 * time.Hour))
		b.sendsLate("/notes/save", urlencoded, ownNote, nil).want(t, 401, "You were logged out before this was sent", "Press Back")
		b.login("chan", "approve")
	})
	t.Run("strangers", func(t *testing.T) {
		for range 3 {
			w.browser().sendsLate("/notes/save", urlencoded, ownNote, nil).want(t, 401)
		}
		if n := w.rows("kept_forms"); n != 0 {
			t.Errorf("%d forms are kept", n)
		}
	})
	t.Run("a session of another home", func(t *testing.T) {
		b.follow(b.decide(b.visit(w.Gate2+"/"), "chan", "approve"))
		b.linkUp("maria", "tea-at-three")
		w.idles()
		name, value := "", ""
		for n, v := range b.named("-s") {
			name, value = n, v
		}
		stranger := w.browser()
		stranger.cookies["localhost"] = map[string]string{name: value}
		stranger.sendsLate("/notes/save", urlencoded, ownNote, nil)
		if n := w.rows("kept_forms WHERE account = 'maria'"); n != 0 {
			t.Errorf("%d forms are kept", n)
		}
	})
	if got := w.notes(); len(got) != 0 {
		t.Errorf("the application got %v", got)
	}
	for _, typed := range []string{ownNote, "%E6%97%A5", "pass=night-shift-7"} {
		if strings.Contains(w.log(), typed) {
			t.Errorf("the log holds %q", typed)
		}
	}
}

// Given a login that is optional, when a person who was logged in here sends a form too
// late, then it is kept for them and not sent in nobody's name; from then on they are
// nobody, and may log in at the application.
func TestALateFormIsNotNobodys(t *testing.T) {
	w := newWard(t, "mode optional\n")
	b := w.browser()
	b.follow(b.decide(b.visit("/iamsmart/login"), "chan", "approve"))
	b.linkUp("chan.sm", "night-shift-7").want(t, 200)
	w.idles(b)
	b.sendsLate("/open/search", urlencoded, "q=1", nil).want(t, 200)
	b.sendsLate("/login", urlencoded, "user=x&pass=y", nil).want(t, 200)
	w.notes()
	p := b.sendsLate("/notes/save", urlencoded, ownNote, nil).want(t, 401, "What you typed is safe")
	if got := w.notes(); len(got) != 0 {
		t.Errorf("the application got %v", got)
	}
	b.sendsLate("/notes/save", urlencoded, ownNote, nil).want(t, 200) // as nobody
	if got := w.notes(); len(got) != 1 || got[0].user != "" {
		t.Errorf("the application got %v", got)
	}
	p = b.follow(b.decide(p, "chan", "approve")).want(t, 200, "Send to /notes/save")
	b.resume(p, "/notes/save").want(t, 200)
	if got := w.notes(); len(got) != 1 || got[0].user != "chan.sm" || got[0].body != ownNote {
		t.Errorf("the application got %v", got)
	}
}

// Given an application that is away when a kept form is sent, then it is kept on.
func TestAKeptFormOutlivesAnApplicationThatIsAway(t *testing.T) {
	w := newWard(t, "")
	var away atomic.Bool
	answer := w.legacy.Answer
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		if away.Load() {
			panic(http.ErrAbortHandler)
		}
		answer(rw, r)
	}
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	w.idles()
	p := b.sendsLate("/notes/save", urlencoded, ownNote, nil)
	p = b.follow(b.decide(p, "chan", "approve")).want(t, 200, "Send to /notes/save")
	away.Store(true)
	if q := b.resume(p, "/notes/save"); q.StatusCode != 502 {
		t.Fatalf("status %d", q.StatusCode)
	}
	away.Store(false)
	b.resume(b.visit("/iamsmart/resume").want(t, 200, "Send to /notes/save"), "/notes/save").want(t, 200)
	if got := w.notes(); len(got) != 1 || got[0].body != ownNote {
		t.Errorf("the application got %v", got)
	}
}

// Whatever is sent as a form, looking whether it has a file neither fails nor takes for a
// form without one what a server would find a file in.
func FuzzLateForm(f *testing.F) {
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n")
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a; filename=\"b\"\r\n\r\nb\r\n--x--\r\n")
	f.Add(`multipart/form-data; boundary="a b"`, "--a b\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''%41\r\n\r\n\r\n--a b--")
	f.Add(urlencoded, "a=b")
	f.Fuzz(func(t *testing.T, kind, body string) {
		if !caddyiamsmart.FillsIn(kind, []byte(body)) || !strings.HasPrefix(strings.ToLower(kind), "multipart/") {
			return
		}
		r, err := http.NewRequest(http.MethodPost, "http://localhost/", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		if r.ParseMultipartForm(1<<20) != nil {
			return
		}
		for name, files := range r.MultipartForm.File {
			for _, file := range files {
				if file.Size > 0 || file.Filename != "" {
					t.Errorf("%q holds the file %q", name, file.Filename)
				}
			}
		}
	})
}
