package form_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/encoding/traditionalchinese"
)

const (
	staffName = "chan.sm"
	staffPass = "night&shift=7"
)

// manner is how an app of the test looks and answers. Its login page is at
// /login.php, its form is sent to the same address. Only staffName with
// staffPass may come in.
type manner struct {
	form    string              // of the login page; %s is a token; default: user, pass and the token
	page    func(string) string // what stands round every page
	onGET   bool                // the session begins with the login page, and stays at login
	always  bool                // every login changes the session's cookie
	right   string              // the page after a right login; %s is a token
	home    string              // or where a right login redirects to; the page is then right
	wrong   string              // the page after a wrong login; default: the form again
	away    string              // or where a wrong login redirects to
	status  int                 // of a wrong login's page; default 200
	logout  string              // default /logout.php; it wants the token if right has it
	name    string              // of the only account; default staffName
	big5    bool
	locks   int    // wrong logins of a name after which a page says so, without a form
	locked  string // what that page says
	further map[string]string
	knows   bool // the login page shows home to who is logged in
}

// staffApp is a running app. It counts what an operator would be sorry about.
type staffApp struct {
	*httptest.Server
	manner
	mu       sync.Mutex
	sessions map[string]string // id → token, of those that are logged in
	secrets  []string          // every token and id that was ever given out
	wrongs   map[string]int
	rights   int
	sent     []string // what came to addresses that nobody should call by himself
}

func newStaffApp(t *testing.T, m manner) *staffApp {
	t.Helper()
	if m.form == "" {
		m.form = `<form method="post"><input type="hidden" name="csrf" value="%s"><input name="user"><input type="password" name="pass"><button>Log in</button></form>`
	}
	if m.logout == "" {
		m.logout = "/logout.php"
	}
	if m.name == "" {
		m.name = staffName
	}
	if m.page == nil {
		m.page = func(s string) string { return "<!doctype html><title>Records</title>" + s }
	}
	a := &staffApp{manner: m, sessions: make(map[string]string), wrongs: make(map[string]int)}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *staffApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := ""
	if c, err := r.Cookie("SID"); err == nil {
		id = c.Value
	}
	token, in := a.sessions[id]
	switch {
	case r.URL.Path == "/login.php" && r.Method == http.MethodPost:
		a.login(w, r, id)
	case r.URL.Path == "/login.php" && a.knows && in:
		a.say(w, 200, a.right, token)
	case r.URL.Path == "/login.php":
		a.ask(w, id, 0)
	case r.URL.Path == a.logout:
		if r.FormValue("k") == token || !strings.Contains(a.right, "{token}") {
			delete(a.sessions, id)
		}
		a.ask(w, "", 0)
	case a.further[r.URL.Path] != "" && in:
		a.say(w, 200, a.further[r.URL.Path], token)
	case a.further[r.URL.Path] != "":
		http.Redirect(w, r, "/login.php", http.StatusFound)
	case r.URL.Path == strings.SplitN(a.home, "?", 2)[0] && in:
		a.say(w, 200, a.right, token)
	case a.home != "" && r.URL.Path == strings.SplitN(a.home, "?", 2)[0]:
		http.Redirect(w, r, "/login.php", http.StatusFound)
	case r.URL.Path == strings.SplitN(a.away, "?", 2)[0]:
		a.say(w, 200, a.wrong, "")
	default:
		a.sent = append(a.sent, r.Method+" "+r.URL.RequestURI())
		http.NotFound(w, r)
	}
}

func (a *staffApp) secret() string {
	s := "7f" + strings.ToLower(rand.Text())
	a.secrets = append(a.secrets, s)
	return s
}

func (a *staffApp) begin(w http.ResponseWriter) string {
	id := a.secret()
	http.SetCookie(w, &http.Cookie{Name: "SID", Value: id, Path: "/"})
	return id
}

func (a *staffApp) ask(w http.ResponseWriter, id string, status int) {
	if a.onGET && id == "" {
		a.begin(w)
	}
	page := a.form
	if strings.Contains(page, "%s") {
		page = fmt.Sprintf(page, a.secret())
	}
	a.say(w, status, page, "")
}

func (a *staffApp) login(w http.ResponseWriter, r *http.Request, id string) {
	name, password := r.PostFormValue("user"), r.PostFormValue("pass")
	if a.big5 {
		name, _ = traditionalchinese.Big5.NewDecoder().String(name)
	}
	switch {
	case a.locks > 0 && a.wrongs[name] >= a.locks:
		a.begin(w)
		a.say(w, 200, a.locked+"<p>This account is locked.</p>", "")
	case name != a.name || password != staffPass:
		a.wrongs[name]++
		if a.always {
			a.begin(w)
		}
		switch {
		case a.away != "":
			http.Redirect(w, r, a.away, http.StatusFound)
		case a.wrong != "":
			a.say(w, a.status, strings.ReplaceAll(a.wrong, "{name}", name), "")
		default:
			a.ask(w, id, a.status)
		}
	default:
		a.rights++
		if !a.onGET || id == "" {
			id = a.begin(w)
		}
		a.sessions[id] = a.secret()
		if a.home != "" {
			http.Redirect(w, r, a.home, http.StatusFound)
			return
		}
		a.say(w, 200, a.right, a.sessions[id])
	}
}

func (a *staffApp) say(w http.ResponseWriter, status int, text, token string) {
	text = a.page(strings.ReplaceAll(text, "{token}", token))
	charset := "utf-8"
	if a.big5 {
		text, _ = traditionalchinese.Big5.NewEncoder().String(text)
		charset = "big5"
	}
	w.Header().Set("Content-Type", "text/html; charset="+charset)
	if status > 0 {
		w.WriteHeader(status)
	}
	fmt.Fprint(w, text)
}
