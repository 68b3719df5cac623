package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Person is somebody who can approve a login: invented, always.
type Person struct {
	// Name is the handle by which tests and the form of the login page call the person: 1 to 32 of a-z, 0-9, _ and -.
	Name string
	// EnglishName is the name as iAM Smart writes it, surname first with a comma; empty means one made of the handle.
	EnglishName string
	// ChineseName is empty for people without one.
	ChineseName string
	// ChineseNameVerified is the field chNameVerified; people without a Chinese name have none.
	ChineseNameVerified string
	// UserType is default (iAM Smart) or sign (iAM Smart+); empty means default.
	UserType string
	// LastModified is when the person registered or last changed; the zero time means 2 January 2024.
	LastModified time.Time
	// Identification is the number of the identity document without its check digit; empty means an invented HKIC number, with
	// its check digit, by the place in the list.
	Identification string
	// CheckDigit is the check digit alone; documents that are no HKIC have none.
	CheckDigit string
	// Gender is M or F, or another text that a client takes for unknown; empty means F.
	Gender string
	// BirthDate is YYYYMMDD, with 00 for a month or day that is not known; empty means 19800102.
	BirthDate string
	// Form holds further fields of form filling by their names, in the shape in which they are sent.
	Form map[string]any
}

const (
	userDefault = "default"
	userSign    = "sign"
)

var (
	handlePattern = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)
	birthPattern  = regexp.MustCompile(`^[0-9]{8}$`)
	codePattern   = regexp.MustCompile(`^D[0-9]{5}$`)
)

var longAgo = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

// enrol checks the people and fills in what they left empty.
func enrol(people []Person) ([]Person, error) {
	if len(people) == 0 {
		return nil, fmt.Errorf("option Persons: nobody in the list")
	}
	enrolled := make([]Person, 0, len(people))
	seen := map[string]bool{}
	for i, p := range people {
		if !handlePattern.MatchString(p.Name) {
			return nil, fmt.Errorf("person %d: the handle %q is not 1 to 32 of a-z, 0-9, _ and -", i+1, p.Name)
		}
		if seen[p.Name] {
			return nil, fmt.Errorf("person %d: the handle %q is there twice", i+1, p.Name)
		}
		seen[p.Name] = true
		p = p.filled(i)
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("person %q: %w", p.Name, err)
		}
		enrolled = append(enrolled, p)
	}
	return enrolled, nil
}

// filled is the person at a place of the list with everything that was left empty.
func (p Person) filled(place int) Person {
	for _, text := range []struct {
		value    *string
		standard string
	}{
		{&p.UserType, userDefault}, {&p.EnglishName, "SAMPLE, " + p.Name}, {&p.Gender, "F"}, {&p.BirthDate, "19800102"},
	} {
		if *text.value == "" {
			*text.value = text.standard
		}
	}
	if p.Identification == "" {
		p.Identification = fmt.Sprintf("Z%06d", 1000+place)
		p.CheckDigit = checkDigit(p.Identification)
	}
	if p.LastModified.IsZero() {
		p.LastModified = longAgo
	}
	p.Form = maps.Clone(p.Form)
	return p
}

func (p Person) check() error {
	switch {
	case p.UserType != userDefault && p.UserType != userSign:
		return fmt.Errorf("the user type %q is neither %s nor %s", p.UserType, userDefault, userSign)
	case !birthPattern.MatchString(p.BirthDate):
		return errors.New("the day of birth is not YYYYMMDD")
	}
	for name := range p.Form {
		if !slices.Contains(formNames, name) || slices.Contains(profileNames, name) {
			return fmt.Errorf("form filling knows no further field %q", name)
		}
	}
	return nil
}

// checkDigit is that of an HKIC number of one or two letters and six digits.
func checkDigit(number string) string {
	padded := []byte(fmt.Sprintf("%8s", number))
	sum := 0
	for i, c := range padded {
		value := 36 // of the blank before a single letter
		switch {
		case c >= '0' && c <= '9':
			value = int(c - '0')
		case c >= 'A' && c <= 'Z':
			value = int(c-'A') + 10
		}
		sum += value * (9 - i)
	}
	return string("0123456789A"[(11-sum%11)%11])
}

// person finds somebody by the handle.
func (s *Simulator) person(name string) (Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.findPerson(name)
}

// findPerson is person for a caller that holds the lock.
func (s *Simulator) findPerson(name string) (Person, bool) {
	for _, p := range s.persons {
		if p.Name == name {
			return p, true
		}
	}
	return Person{}, false
}

// people is a copy of the list, for pages.
func (s *Simulator) people() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.persons)
}

// Reregister makes a person register anew, as after a change of name: lastModifiedDate moves to now. An empty name stays as it was. The
// openID stays as well. The error is that nobody has the handle.
func (s *Simulator) Reregister(handle, englishName, chineseName string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.persons {
		p := &s.persons[i]
		if p.Name != handle {
			continue
		}
		p.LastModified = s.options.Now()
		if englishName != "" {
			p.EnglishName = englishName
		}
		if chineseName != "" {
			p.ChineseName = chineseName
		}
		return nil
	}
	return fmt.Errorf("there is no person %q", clip(handle))
}

// OpenID is the openID that getToken gives this client for this person, or "" if either is unknown. It is for tests; a client learns
// it from getToken alone.
func (s *Simulator) OpenID(clientID, person string) string {
	c, known := s.clients[clientID]
	if _, there := s.person(person); !known || !there {
		return ""
	}
	return openID(c.Client, person)
}

// openID derives the identifier by a hash under the client's secret: the same after a restart, another for every client. It always
// holds %2B, %2F and %3D, so that a client which decodes or encodes it once too often stores something else and is found out.
func openID(c Client, person string) string {
	for round := 0; ; round++ {
		mac := hmac.New(sha256.New, []byte(c.Secret))
		fmt.Fprintf(mac, "simulator openID\n%q\n%q\n%d", c.ID, person, round)
		text := base64.StdEncoding.EncodeToString(mac.Sum(nil))
		if strings.Contains(text, "+") && strings.Contains(text, "/") {
			return url.QueryEscape(text)
		}
	}
}
