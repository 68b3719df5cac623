package simulator

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// callPhone is the name of the phone's decisions in the journal.
const callPhone = "simulator/phone/decide"

// onPhone is a request as the phone shows it.
type onPhone struct {
	ID, Title, Service, Client, Document string
	Fields                               []string
	Until                                time.Time
	Buttons                              []button
}

// button is a decision and its word.
type button struct{ Value, Label string }

// phone is what waits for one person.
type phone struct {
	Person   Person
	Requests []onPhone
}

// servePhone shows what waits on everybody's phone.
func (s *Simulator) servePhone(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	language := pageWords(r)
	s.show(w, http.StatusOK, "phone.html", struct {
		Words  words
		Phones []phone
		Back   string // the ticket of the page, or nothing
	}{language, s.phones(language, nil), ""})
}

// serveApp shows the one request that the app of this device was opened for.
func (s *Simulator) serveApp(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	language, ticketID := pageWords(r), r.URL.Query().Get("ticketID")
	found, there := s.waitingTicket(ticketID)
	if !there {
		s.showMistake(w, http.StatusNotFound, "no request waits under this ticketID: it is decided, over or another's")
		return
	}
	s.show(w, http.StatusOK, "phone.html", struct {
		Words  words
		Phones []phone
		Back   string
	}{language, s.phones(language, found), ticketID})
}

// pageWords is the language of a page that no request of a client led to.
func pageWords(r *http.Request) words {
	if lang := r.URL.Query().Get("lang"); lang != "" {
		return wordsFor(lang)
	}
	return english
}

// phones groups what waits by person, in the order of the list; only one request, if one is given.
func (s *Simulator) phones(language words, only *waiting) (phones []phone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.persons {
		var requests []onPhone
		for w := range s.waiting.all() {
			if w.person == p.Name && (only == nil || only == w) {
				requests = append(requests, w.shown(language))
			}
		}
		if requests != nil {
			phones = append(phones, phone{p, requests})
		}
	}
	return phones
}

func (w *waiting) shown(language words) onPhone {
	host := w.redirectURI
	if u, err := url.Parse(w.redirectURI); err == nil {
		host = u.Host
	}
	shown := onPhone{ID: w.id, Title: cmp.Or(language.Titles[w.function.title], w.function.title), Service: host, Client: w.client.ID, Document: w.title,
		Fields: slices.Clone(w.fields), Until: w.ends}
	labels := map[string]string{"approve": language.Approve, "reject": language.Reject, "cancel": language.Cancel,
		"timeout": language.Timeout, "fail": language.Fail}
	for _, word := range w.function.decisions() {
		shown.Buttons = append(shown.Buttons, button{word, labels[word]})
	}
	return shown
}

// servePhoneDecision takes what a person pressed on the phone.
func (s *Simulator) servePhoneDecision(w http.ResponseWriter, r *http.Request) {
	s.journal.count(callPhone)
	form, ok := s.readForm(w, r)
	if !ok {
		return
	}
	if err := s.Decide(form.Get("request"), form.Get("decision")); err != nil {
		s.showMistake(w, http.StatusBadRequest, err.Error())
		return
	}
	if form.Get("ticketID") != "" {
		s.show(w, http.StatusOK, "done.html", struct{ Words words }{pageWords(r)})
		return
	}
	w.Header().Set("Location", "/simulator/phone?"+r.URL.RawQuery)
	w.WriteHeader(http.StatusSeeOther)
}
