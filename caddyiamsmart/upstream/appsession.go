package upstream

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Login stands for one stay of one person. The zero value is nobody's.
type Login [32]byte

const (
	macBytes = 16
	macText  = 22 // characters of a MAC in base64url
	macTail  = 1 + macText
	// maxAppCookie bounds a pair that is given a MAC, in bytes; browsers keep
	// half of it.
	maxAppCookie = 8 << 10
	// maxAppCookies bounds how many MACs a request has checked.
	maxAppCookies = 64
)

// AppSession ties the cookies by which an app knows people to the login in which
// it set them. Whoever comes next at the same PC brings them along, and the app
// does not see them.
//
// The value of such a cookie goes to the browser with a dot and a MAC at its
// end, within the closing quote if it is quoted: over login, name and value. A
// nil AppSession ties nothing.
type AppSession struct {
	names *AppCookies
	macs  []*macs // newest key first
}

// NewAppSession makes an AppSession for some names, or nil where there are none.
// The keys are those of one app, newest first, at least one: the first makes
// MACs, all check them.
func NewAppSession(names *AppCookies, keys [][]byte) *AppSession {
	if names == nil {
		return nil
	}
	s := &AppSession{names: names}
	for _, key := range keys {
		s.macs = append(s.macs, newMACs(key))
	}
	return s
}

// AdmitCookies makes the Cookie lines of a request ready for the app: what
// begins with prefix goes, as from [StripCookies]; a cookie by which the app
// knows people loses its MAC where that fits the login, and else goes, whatever
// spelling it has, and so does a pair in which some server might find one. An
// empty one says nothing and stays. All other bytes stay as they came.
func AdmitCookies(h http.Header, prefix string, app *AppSession, login Login) {
	if app == nil {
		StripCookies(h, prefix, nil)
		return
	}
	left := maxAppCookies
	rewriteCookies(h, func(pair string) cut {
		switch {
		case holdsPrefix(pair, prefix):
			return cut{drop: true}
		case app.names.named(pair):
			left--
			return app.judge(pair, login, left >= 0)
		}
		return cut{drop: app.names.hidden(pair)}
	})
}

// judge says where the MAC of a pair is, or that the pair must go.
func (s *AppSession) judge(pair string, login Login, more bool) cut {
	c, ok := parseAppCookie(pair)
	if ok && c.empty() {
		return cut{}
	}
	from := c.end - macTail
	if !ok || !more || from < c.begin || pair[from] != '.' {
		return cut{drop: true}
	}
	for _, m := range s.macs {
		if m.fits(pair[from+1:c.end], login, pair[c.name:c.nameEnd], pair[c.begin:from], pair[c.end:c.valueEnd]) {
			return cut{from: from, to: c.end}
		}
	}
	return cut{drop: true}
}

// BindCookies ties what an answer of the app sets to the login. What deletes a
// cookie, and all other bytes, go as they came.
func BindCookies(h http.Header, app *AppSession, login Login) {
	lines := h["Set-Cookie"]
	if app == nil || len(lines) == 0 {
		return
	}
	bound := make([]string, len(lines)) // the slice may be the app's own
	for i, line := range lines {
		bound[i] = app.bind(line, login)
	}
	h["Set-Cookie"] = bound
}

func (s *AppSession) bind(line string, login Login) string {
	stop := pairEnd(line, 0)
	pair, attributes := line[:stop], line[stop:]
	if !s.names.named(pair) || deletes(attributes) {
		return line
	}
	c, ok := parseAppCookie(pair)
	if !ok || c.empty() {
		return line
	}
	mac := s.macs[0].make(login, pair[c.name:c.nameEnd], pair[c.begin:c.end], pair[c.end:c.valueEnd])
	return line[:c.end] + "." + string(mac[:]) + line[c.end:]
}

// appCookie says where the parts of a pair are. A value in quotes is taken up to
// the closing one, so that what is added stands within.
type appCookie struct {
	name, nameEnd        int
	begin, end, valueEnd int
}

func (c appCookie) empty() bool { return c.begin == c.valueEnd }

// parseAppCookie takes a pair apart as browsers do. It is false where there is
// no value, or one that no browser keeps.
func parseAppCookie(pair string) (c appCookie, ok bool) {
	sign := strings.IndexByte(pair, '=')
	if sign < 0 || len(pair) > maxAppCookie {
		return c, false
	}
	c.name, c.nameEnd = trimmed(pair, 0, sign)
	c.begin, c.valueEnd = trimmed(pair, sign+1, len(pair))
	c.end = c.valueEnd
	if c.end-c.begin >= 2 && pair[c.begin] == '"' && pair[c.end-1] == '"' {
		c.end--
	}
	return c, true
}

// trimmed is where text[begin:end] lies without the blanks around it.
func trimmed(text string, begin, end int) (int, int) {
	for begin < end && (text[begin] == ' ' || text[begin] == '\t') {
		begin++
	}
	for begin < end && (text[end-1] == ' ' || text[end-1] == '\t') {
		end--
	}
	return begin, end
}

// deletes tells whether the attributes of a Set-Cookie line have the browser
// delete the cookie.
func deletes(attributes string) bool {
	gone, aged := false, false
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, text, _ := strings.Cut(attribute, "=")
		key, text = strings.Trim(key, " \t"), strings.Trim(text, " \t")
		switch {
		case strings.EqualFold(key, "max-age"):
			if age, err := strconv.ParseInt(text, 10, 64); err == nil {
				gone, aged = age <= 0, true // it counts for more than a date
			}
		case strings.EqualFold(key, "expires") && !aged:
			gone = past(text)
		}
	}
	return gone
}

// past tells whether a date lies behind us. One that cannot be read does not: a
// cookie that is deleted may as well bear a MAC.
func past(date string) bool {
	date = strings.ReplaceAll(date, "-", " ")
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 MST", "Monday, 02 Jan 06 15:04:05 MST", time.ANSIC} {
		if at, err := time.Parse(layout, date); err == nil {
			return at.Before(time.Now())
		}
	}
	return false
}

// macs makes and checks MACs under one key. A MAC costs no memory of its own.
type macs struct{ pool sync.Pool }

// macer is one HMAC at work.
type macer struct {
	hash    hash.Hash
	message []byte
	sum     [sha256.Size]byte
	text    [macText]byte
	given   [macText]byte
}

func newMACs(key []byte) *macs {
	return &macs{sync.Pool{New: func() any { return &macer{hash: hmac.New(sha256.New, key)} }}}
}

// make gives the MAC of a cookie whose value is head and tail.
func (m *macs) make(login Login, name, head, tail string) [macText]byte {
	w := m.pool.Get().(*macer)
	defer m.pool.Put(w)
	w.work(login, name, head, tail)
	return w.text
}

func (m *macs) fits(given string, login Login, name, head, tail string) bool {
	w := m.pool.Get().(*macer)
	defer m.pool.Put(w)
	w.work(login, name, head, tail)
	copy(w.given[:], given)
	return len(given) == macText && subtle.ConstantTimeCompare(w.text[:], w.given[:]) == 1
}

// work puts the length of the name before it, so that no other name and value
// make the same message.
func (w *macer) work(login Login, name, head, tail string) {
	w.message = append(w.message[:0], login[:]...)
	w.message = binary.BigEndian.AppendUint64(w.message, uint64(len(name)))
	w.message = append(w.message, name...)
	w.message = append(w.message, head...)
	w.message = append(w.message, tail...)
	w.hash.Reset()
	w.hash.Write(w.message)
	w.hash.Sum(w.sum[:0])
	base64.RawURLEncoding.Encode(w.text[:], w.sum[:macBytes])
}
