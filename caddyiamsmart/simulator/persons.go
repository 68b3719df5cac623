package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Person is somebody who can approve a login: invented, always.
type Person struct {
	// Name is the handle by which tests and the form of the login page call the person: 1 to 32 of a-z, 0-9, _ and -.
	Name string
	// EnglishName is the name as iAM Smart writes it, surname first with a comma.
	EnglishName string
	// ChineseName is empty for people without one.
	ChineseName string
	// UserType is default (iAM Smart) or sign (iAM Smart+); empty means default.
	UserType string
	// LastModified is when the person registered or last changed; the zero time means 2 January 2024.
	LastModified time.Time
}

const (
	userDefault = "default"
	userSign    = "sign"
)

var handlePattern = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

var longAgo = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

// Persons returns six invented people. Their names differ in what tends to break programs: no Chinese name, apostrophe and hyphen,
// great length, one letter, and a character outside the basic plane that Big5 does not have.
func Persons() []Person {
	return []Person{
		{Name: "chan", EnglishName: "CHAN, Test Siu Ming", ChineseName: "陳測試明", UserType: userDefault, LastModified: longAgo},
		{Name: "wong", EnglishName: "WONG, Demo Mei Ling", ChineseName: "王示範玲", UserType: userSign,
			LastModified: time.Date(2024, 7, 1, 1, 2, 3, 456e6, time.UTC)},
		{Name: "testa", EnglishName: "TESTA, Maria Example", UserType: userDefault,
			LastModified: time.Date(2025, 2, 28, 15, 59, 59, 999e6, time.UTC)},
		{Name: "osample", EnglishName: "O'SAMPLE-LEE, Anne-Marie", ChineseName: "李樣本", UserType: userSign,
			LastModified: time.Date(2023, 12, 31, 16, 0, 0, 0, time.UTC)},
		{Name: "long", EnglishName: "SAMPLEWICKREMASINGHE, Testina Exampleanne Placeholderia Demonstratia", ChineseName: "歐陽範例長姓名",
			UserType: userDefault, LastModified: time.Date(2025, 10, 10, 10, 10, 10, 0, time.UTC)},
		{Name: "au", EnglishName: "AU, X", ChineseName: "區𠮷", UserType: userDefault,
			LastModified: time.Date(2024, 2, 29, 12, 0, 0, 1e6, time.UTC)},
	}
}

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
		if p.UserType == "" {
			p.UserType = userDefault
		}
		if p.UserType != userDefault && p.UserType != userSign {
			return nil, fmt.Errorf("person %q: the user type %q is neither %s nor %s", p.Name, p.UserType, userDefault, userSign)
		}
		if p.LastModified.IsZero() {
			p.LastModified = longAgo
		}
		enrolled = append(enrolled, p)
	}
	return enrolled, nil
}

func (s *Simulator) person(name string) (Person, bool) {
	for _, p := range s.persons {
		if p.Name == name {
			return p, true
		}
	}
	return Person{}, false
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
