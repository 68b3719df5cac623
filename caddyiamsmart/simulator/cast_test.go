package simulator_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

var hkicPattern = regexp.MustCompile(`^Z{1,2}0000[0-9]{2}$`)

// digit is the check digit of an HKIC number, by the published rule: weights 9 to 2 over a blank or letter, a letter and six digits.
func digit(number string) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ "
	number = strings.Repeat(" ", 8-len(number)) + number
	for candidate := range "0123456789A" {
		sum := candidate
		for i := range 8 {
			sum += strings.IndexByte(alphabet, number[i]) * (9 - i)
		}
		if sum%11 == 0 {
			return "0123456789A"[candidate : candidate+1]
		}
	}
	return ""
}

func TestThePersonsDifferInWhatBreaksPrograms(t *testing.T) {
	if digit("A123456") != "3" {
		t.Fatal("the rule of this test is wrong")
	}
	people := simulator.Persons()
	var handles, addresses []string
	traits := map[string]bool{}
	for _, p := range people {
		handles = append(handles, p.Name)
		if hkicPattern.MatchString(p.Identification) {
			if p.CheckDigit != digit(p.Identification) {
				t.Errorf("%s: the check digit of %s is not %q", p.Name, p.Identification, p.CheckDigit)
			}
		} else if p.CheckDigit != "" || p.Name != "consul" {
			t.Errorf("%s: the number is out of the made-up range", p.Name)
		}
		traits["two letters"] = traits["two letters"] || strings.HasPrefix(p.Identification, "ZZ")
		traits["no Chinese name"] = traits["no Chinese name"] || p.ChineseName == ""
		traits["no day of birth"] = traits["no day of birth"] || strings.HasSuffix(p.BirthDate, "0000")
		traits["may sign"] = traits["may sign"] || p.UserType == "sign"
		traits["outside the basic plane"] = traits["outside the basic plane"] || strings.ContainsFunc(p.ChineseName, func(r rune) bool { return r > 0xFFFF })
		for _, name := range []string{"residentialAddress", "postalAddress"} {
			text, err := json.Marshal(p.Form[name])
			if err != nil {
				t.Fatal(err)
			}
			for _, shape := range []string{"EngPremisesAddress", "ChiPremisesAddress", "FreeFormatAddress", "PostBoxAddress", "EngStructuredLot", "ChiStructuredLot"} {
				if strings.Contains(string(text), shape) {
					addresses = append(addresses, shape)
				}
			}
		}
	}
	slices.Sort(addresses)
	if got := slices.Compact(addresses); len(got) != 6 {
		t.Errorf("the addresses have the shapes %v", got)
	}
	if len(traits) != 5 || slices.Contains([]bool{traits["two letters"], traits["no Chinese name"], traits["no day of birth"], traits["may sign"],
		traits["outside the basic plane"]}, false) {
		t.Errorf("the traits are %v", traits)
	}
	if !slices.Equal(handles[:6], []string{"chan", "wong", "testa", "osample", "long", "au"}) {
		t.Errorf("the handles are %v", handles)
	}
}

func TestPeopleBringWhatTheyHave(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	ask := func(person string) map[string]any {
		p := a.parameters(form, a.login(person))
		p["profileFields"], p["eMEFields"] = []string{"idNo", "chName", "birthDate"}, []string{"emailAddress", "residentialAddress", "addressDocFile"}
		a.openContent(a.call(form, p))
		bodies := a.settled(a.sim.Waiting()[0].ID, "approve")
		return a.openCallback(bodies[len(bodies)-1]).content(t)
	}
	if got := ask("consul"); got["idNo"].(map[string]any)["CheckDigit"] != "" || got["chName"] != nil || got["residentialAddress"] != nil || got["emailAddress"] == nil {
		t.Errorf("the consul brings %v", got)
	}
	if got := ask("au"); got["birthDate"] != "19500000" || got["chName"] == nil || got["addressDocFile"] == nil {
		t.Errorf("au brings %v", got)
	}
}

func TestWrongPeopleAreRefused(t *testing.T) {
	for says, p := range map[string]simulator.Person{
		"day of birth": {Name: "a", BirthDate: "1950"}, "salary": {Name: "a", Form: map[string]any{"salary": 1}}, "idNo": {Name: "a", Form: map[string]any{"idNo": 1}},
	} {
		options := simulator.Options{Clients: []simulator.Client{homeClient()}, Persons: []simulator.Person{p}}
		if _, err := simulator.New(options); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v", says, err)
		}
	}
}
