package iamsmart

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// Form describes a form that a person fills with what iAM Smart knows of them, and what it needs of that.
type Form struct {
	// Name, of at most 255 characters, Number, of at most 20, and Text, of at most 255, describe the form to the person. The
	// name is needed.
	Name, Number, Text string
	// ProfileFields are verified facts, those of a ProfileRequest. EMEFields are any fields, taken from what the person
	// stored in the app; one that is in both lists counts as verified. At least one of the lists has a field.
	ProfileFields, EMEFields []Field
}

func (f Form) into(p *parameters) error {
	p.FormName, p.FormNumber, p.FormText = f.Name, f.Number, f.Text
	p.ProfileFields, p.EMEFields = f.ProfileFields, f.EMEFields
	if len(f.ProfileFields)+len(f.EMEFields) == 0 {
		return errors.New("profileFields and eMEFields are both empty")
	}
	if f.Name == "" {
		return errors.New("formName is empty")
	}
	return cmp.Or(
		checkLine("formName", f.Name, 255), checkLine("formNum", f.Number, 20), checkLine("formDesc", f.Text, 255),
		checkFields("profileFields", f.ProfileFields, profileFields), checkFields("eMEFields", f.EMEFields, formFields),
	)
}

// FormFillingRequest asks a person who is logged in to fill a form. It needs the scope eidapi_profiles.
type FormFillingRequest struct {
	Request
	Form Form
}

// RequestFormFilling begins the filling of a form. [Callback.FormFilling] reads what comes of it. Every error is an *Error; a
// faulty request is one of KindProtocol, and nothing was sent.
func (c *Client) RequestFormFilling(ctx context.Context, r FormFillingRequest) (Started, error) {
	var p parameters
	fault := cmp.Or(r.Request.into(&p), r.Form.into(&p))
	return c.begin(ctx, FunctionFormFilling, p, fault)
}

// FormFilling is what a person filled a form with. What was not asked for, or what the person has not stored, is empty. Codes,
// such as those of the marital status, are iAM Smart's own; the tables are not public.
type FormFilling struct {
	Profile

	Prefix, MaritalStatus, EducationLevel Personal
	HomePhone, OfficePhone, MobilePhone   Phone
	Email                                 Personal
	Residential, Postal                   Address
	AddressDocument                       AddressDocument
	AddressFile                           AddressFile

	PassportNumber, PassportExpiry            Personal
	PropertyOwner, CarOwner, EmploymentStatus Personal
}

// Phone is a telephone number in parts. The middle one is rare.
type Phone struct {
	CountryCode, NationalDestinationCode, SubscriberNumber Personal
}

// AddressDocument says where a proof of address comes from, in English (EN), traditional (TC) and simplified Chinese (SC).
type AddressDocument struct {
	ProviderEN, ProviderTC, ProviderSC Personal
	UserEN, UserTC                     Personal
	ServiceAddressEN, ServiceAddressTC []Personal
	PostalAddressEN, PostalAddressTC   []Personal
	LastRetrieved                      time.Time // zero where there is none
}

// AddressFile is the proof of address itself.
type AddressFile struct {
	// PDF holds the bytes of the file.
	PDF Personal
	// Hash is a SHA-256 in hex, as iAM Smart gives it; what exactly it covers is not documented, so nothing compares it.
	Hash Personal
	// Billed is the date of the document; zero where there is none.
	Billed time.Time
}

type phoneContent struct{ CountryCode, NationalDestinationCode, SubscriberNumber leaf }

func (p phoneContent) read() Phone {
	return Phone{p.CountryCode.personal(), p.NationalDestinationCode.personal(), p.SubscriberNumber.personal()}
}

type formContent struct {
	profileContent
	Prefix           leaf           `json:"prefix"`
	MaritalStatus    leaf           `json:"maritalStatus"`
	EducationLevel   leaf           `json:"educationLevel"`
	HomePhone        phoneContent   `json:"homeTelNumber"`
	OfficePhone      phoneContent   `json:"officeTelNumber"`
	MobilePhone      phoneContent   `json:"mobileNumber"`
	Email            leaf           `json:"emailAddress"`
	Residential      map[string]any `json:"residentialAddress"`
	Postal           map[string]any `json:"postalAddress"`
	AddressDocument  documentText   `json:"addressDocInfo"`
	AddressFile      documentFile   `json:"addressDocFile"`
	PassportNumber   leaf           `json:"passportNumber"`
	PassportExpiry   leaf           `json:"passportExpiry"`
	PropertyOwner    leaf           `json:"propertyOwner"`
	CarOwner         leaf           `json:"carOwner"`
	EmploymentStatus leaf           `json:"employmentStatus"`
}

func readFormFilling(plain []byte) (FormFilling, error) {
	var content formContent
	if json.Unmarshal(plain, &content) != nil {
		return FormFilling{}, errNotDocumented
	}
	form := FormFilling{
		Prefix: content.Prefix.personal(), MaritalStatus: content.MaritalStatus.personal(),
		EducationLevel: content.EducationLevel.personal(), Email: content.Email.personal(),
		HomePhone: content.HomePhone.read(), OfficePhone: content.OfficePhone.read(), MobilePhone: content.MobilePhone.read(),
		PassportNumber: content.PassportNumber.personal(), PassportExpiry: content.PassportExpiry.personal(),
		PropertyOwner: content.PropertyOwner.personal(), CarOwner: content.CarOwner.personal(),
		EmploymentStatus: content.EmploymentStatus.personal(),
	}
	var err error
	if form.Profile, err = content.profileContent.read(); err != nil {
		return FormFilling{}, err
	}
	if form.Residential, err = readAddress(content.Residential); err != nil {
		return FormFilling{}, err
	}
	if form.Postal, err = readAddress(content.Postal); err != nil {
		return FormFilling{}, err
	}
	if form.AddressDocument, err = content.AddressDocument.read(); err != nil {
		return FormFilling{}, err
	}
	if form.AddressFile, err = content.AddressFile.read(); err != nil {
		return FormFilling{}, err
	}
	return form, nil
}

type documentLines struct{ AddressLine1, AddressLine2, AddressLine3, AddressLine4 leaf }

func (l documentLines) read() []Personal {
	return personals(l.AddressLine1, l.AddressLine2, l.AddressLine3, l.AddressLine4)
}

// personals drops the empty ones.
func personals(leaves ...leaf) []Personal {
	var all []Personal
	for _, l := range leaves {
		if l != "" {
			all = append(all, l.personal())
		}
	}
	return all
}

type documentText struct {
	ProviderEN      leaf          `json:"enProviderName"`
	ProviderTC      leaf          `json:"tcProviderName"`
	ProviderSC      leaf          `json:"scProviderName"`
	UserEN          leaf          `json:"enUserName"`
	UserTC          leaf          `json:"tcUserName"`
	ServiceEN       documentLines `json:"enServiceAddress"`
	ServiceTC       documentLines `json:"tcServiceAddress"`
	PostalEN        documentLines `json:"enPostalAddress"`
	PostalTC        documentLines `json:"tcPostalAddress"`
	LastRetrievedAt leaf          `json:"lastRetrievalDate"`
}

func (d documentText) read() (AddressDocument, error) {
	retrieved, err := readMoment(d.LastRetrievedAt)
	return AddressDocument{
		ProviderEN: d.ProviderEN.personal(), ProviderTC: d.ProviderTC.personal(), ProviderSC: d.ProviderSC.personal(),
		UserEN: d.UserEN.personal(), UserTC: d.UserTC.personal(),
		ServiceAddressEN: d.ServiceEN.read(), ServiceAddressTC: d.ServiceTC.read(),
		PostalAddressEN: d.PostalEN.read(), PostalAddressTC: d.PostalTC.read(),
		LastRetrieved: retrieved,
	}, err
}

type documentFile struct {
	File string `json:"docFile"` // bounded by the answer that holds it
	Hash leaf   `json:"docHash"`
	Date leaf   `json:"billDate"`
}

func (d documentFile) read() (AddressFile, error) {
	pdf, err := base64.StdEncoding.DecodeString(d.File)
	if err != nil {
		return AddressFile{}, errors.New("docFile is not Base64")
	}
	billed, err := readMoment(d.Date)
	file := AddressFile{Hash: d.Hash.personal(), Billed: billed}
	if len(pdf) > 0 {
		file.PDF = Personal{hide(string(pdf))}
	}
	return file, err
}
