package simulator

import "slices"

// profileNames are the fields of a profile request.
var profileNames = []string{"idNo", "enName", "chName", "chNameVerified", "gender", "birthDate"}

// formNames are the fields that form filling can ask for beside them.
var formNames = append([]string{
	"prefix", "maritalStatus", "homeTelNumber", "officeTelNumber", "mobileNumber", "emailAddress", "residentialAddress", "postalAddress",
	"educationLevel", "addressDocInfo", "addressDocFile", "passportNumber", "passportExpiry", "propertyOwner", "carOwner", "employmentStatus",
}, profileNames...)

func (s *Simulator) readProfile(p *parameters, a *ask) {
	a.fields = p.list("profileFields", profileNames, true)
	if p.err == nil && len(a.fields) == 0 {
		p.note(ruleListEmpty.broken("profileFields is empty"))
	}
}

func (s *Simulator) readFormFilling(p *parameters, a *ask) {
	a.title = p.text("formName", maxText)
	p.optional("formNum", maxFormNumber)
	p.optional("formDesc", maxText)
	if kind := p.optional("callbackContentType", maxText); kind != "" && kind != "application/json" {
		p.note(ruleCallbackType.broken("callbackContentType is %q", clip(kind)))
	}
	a.fields = p.list("profileFields", profileNames, false)
	for _, name := range p.list("eMEFields", formNames, false) {
		if !slices.Contains(a.fields, name) {
			a.fields = append(a.fields, name)
		}
	}
	if p.err == nil && len(a.fields) == 0 {
		p.note(ruleListEmpty.broken("neither profileFields nor eMEFields names a field"))
	}
}

// field is what a person has under a name of profileNames or formNames; not all have all.
func (p Person) field(name string) (value any, there bool) {
	switch name {
	case "idNo":
		return map[string]string{"Identification": p.Identification, "CheckDigit": p.CheckDigit}, true
	case "enName":
		return map[string]string{"UnstructuredName": p.EnglishName}, true
	case "chName":
		return map[string]string{"ChineseName": p.ChineseName}, p.ChineseName != ""
	case "chNameVerified":
		return p.ChineseNameVerified, p.ChineseNameVerified != ""
	case "gender":
		return p.Gender, true
	case "birthDate":
		return p.BirthDate, true
	}
	value, there = p.Form[name]
	return value, there
}
