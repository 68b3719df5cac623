package simulator

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

//go:embed web
var web embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"moment": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000Z") },
	"join":   func(list []string) string { return strings.Join(list, " ") },
}).ParseFS(web, "web/*.html"))

// showLogin shows the page with the phone.
func (s *Simulator) showLogin(w http.ResponseWriter, id string, qr qrRequest) {
	host := qr.redirectURI
	if u, err := url.Parse(qr.redirectURI); err == nil {
		host = u.Host
	}
	s.show(w, http.StatusOK, "login.html", struct {
		Words      words
		Request    string
		Service    string
		ClientID   string
		Scope      string
		BrokerPage bool
		Persons    []Person
		Pattern    string
	}{wordsFor(qr.lang), id, host, qr.client.ID, qr.scope, qr.brokerPage, s.people(), decoration})
}

// showRefusal says why a getQR request was refused, and what to do.
func (s *Simulator) showRefusal(w http.ResponseWriter, lang string, refused *refusal) {
	page := struct {
		Words                            words
		Code, Text, Rule, Detail, Remedy string
	}{Words: wordsFor(lang), Code: refused.code, Text: codeText(refused.code), Detail: refused.detail}
	if refused.rule != nil {
		page.Rule, page.Remedy = refused.rule.name, refused.rule.remedy
	}
	status, ok := httpStatus(refused.code)
	if !ok {
		status = http.StatusBadRequest
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodGet)
	}
	s.show(w, status, "refused.html", page)
}

// showMistake says what is wrong with a decision. That is the fault of no client.
func (s *Simulator) showMistake(w http.ResponseWriter, status int, mistake string) {
	s.show(w, status, "mistake.html", struct {
		Words   words
		Mistake string
	}{english, mistake})
}

// serveIndex shows the page that explains the simulator.
func (s *Simulator) serveIndex(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	violations, dropped, recent, _ := s.journal.snapshot()
	total := len(violations) + dropped
	violations = violations[max(0, len(violations)-maxRecentCalls):]
	slices.Reverse(violations)
	slices.Reverse(recent)
	clients := make([]Client, 0, len(s.clients))
	for _, c := range s.clients {
		clients = append(clients, Client{ID: c.ID, RedirectURIs: c.RedirectURIs, CallbackURIs: c.CallbackURIs, DirectURI: c.DirectURI,
			Scopes: c.Scopes})
	}
	slices.SortFunc(clients, func(a, b Client) int { return strings.Compare(a.ID, b.ID) })
	callbacks := s.Callbacks()
	callbacks = callbacks[max(0, len(callbacks)-maxRecentCalls):]
	slices.Reverse(callbacks)
	direct := slices.DeleteFunc(slices.Clone(clients), func(c Client) bool { return c.DirectURI == "" })
	rules := make([]ruleRow, 0, len(declared))
	for _, r := range declared {
		rules = append(rules, ruleRow{r.name, r.code, r.remedy})
	}
	s.show(w, http.StatusOK, "index.html", struct {
		Words      words
		Clients    []Client
		Direct     []Client // those with an address for it
		Persons    []Person
		Calls      []callLine
		Callbacks  []Callback
		Waiting    int
		Violations []Violation
		Total      int
		Rules      []ruleRow
	}{english, clients, direct, s.people(), recent, callbacks, len(s.Waiting()), violations, total, rules})
}

// ruleRow is a rule for a template, which reads only exported fields.
type ruleRow struct{ Name, Code, Remedy string }

// serveLog gives violations, calls and callbacks as JSON, for tests that run in another process.
func (s *Simulator) serveLog(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	violations, dropped, recent, counts := s.journal.snapshot()
	if violations == nil {
		violations = []Violation{}
	}
	text, err := json.MarshalIndent(struct {
		Violations []Violation    `json:"violations"`
		Dropped    int            `json:"dropped"`
		Calls      map[string]int `json:"calls"`
		Recent     []callLine     `json:"recent"`
		Callbacks  []Callback     `json:"callbacks"`
	}{violations, dropped, counts, append([]callLine{}, recent...), s.Callbacks()}, "", "  ")
	if err != nil {
		http.Error(w, "the log could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(append(text, '\n')) // a reader that went away cannot be told
}

func (s *Simulator) serveStyle(w http.ResponseWriter, r *http.Request) {
	if readOnly(w, r) {
		http.ServeFileFS(w, r, web, "web/style.css")
	}
}

func readOnly(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "this is for reading only", http.StatusMethodNotAllowed)
	return false
}

// show executes a template whole before the first byte goes out.
func (s *Simulator) show(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // a reader that went away cannot be told
}

// decoration is the path of the panel's pattern: dots at random, always the same, without the corner marks by which a phone would take
// it for a QR code.
var decoration = func() string {
	const side = 24
	var path strings.Builder
	for y := range side {
		row := sha256.Sum256([]byte{byte(y)})
		for x := range side {
			if row[x]&1 == 1 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return path.String()
}()
