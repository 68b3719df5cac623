package iamsmart

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
)

// ProfileRequest asks for verified facts about the person. It needs the scope that [Client.ProfileScope] names.
type ProfileRequest struct {
	Request
	// Fields are at least one of FieldNumber, FieldEnglishName, FieldChineseName, FieldChineseNameVerified, FieldBirthDate
	// and FieldGender.
	Fields []Field
}

// RequestProfile begins a profile request. [Callback.Profile] reads what comes of it. Every error is an *Error; a faulty
// request is one of KindProtocol, and nothing was sent.
func (c *Client) RequestProfile(ctx context.Context, r ProfileRequest) (Started, error) {
	p := parameters{ProfileFields: r.Fields}
	fault := cmp.Or(r.into(&p), checkFields("profileFields", r.Fields, profileFields))
	if fault == nil && len(r.Fields) == 0 {
		fault = errors.New("profileFields is empty")
	}
	return c.begin(ctx, FunctionProfile, p, fault)
}

// Profile is what iAM Smart has verified about a person. What was not asked for is empty. Names are as iAM Smart wrote them,
// but for blanks around them.
type Profile struct {
	Number HKIC
	// EnglishName has the surname first and a comma behind it: "CHAN, Tai Man".
	EnglishName Personal
	ChineseName Personal
	// ChineseNameVerified is iAM Smart's word on whether the Chinese name is verified; which words there are is not documented.
	ChineseNameVerified Personal
	BirthDate           BirthDate
	// Gender is M or F, or empty where iAM Smart sent anything else.
	Gender Personal
}

// profileContent is the JSON of a Profile.
type profileContent struct {
	Number struct {
		Identification leaf
		CheckDigit     leaf
	} `json:"idNo"`
	EnglishName struct {
		UnstructuredName leaf
	} `json:"enName"`
	ChineseName struct {
		ChineseName leaf
	} `json:"chName"`
	ChineseNameVerified leaf `json:"chNameVerified"`
	BirthDate           leaf `json:"birthDate"`
	Gender              leaf `json:"gender"`
}

func (p profileContent) read() (Profile, error) {
	profile := Profile{
		EnglishName:         p.EnglishName.UnstructuredName.personal(),
		ChineseName:         p.ChineseName.ChineseName.personal(),
		ChineseNameVerified: p.ChineseNameVerified.personal(),
	}
	if p.Gender == "M" || p.Gender == "F" {
		profile.Gender = p.Gender.personal()
	}
	var err error
	if profile.Number, err = readHKIC(string(p.Number.Identification), string(p.Number.CheckDigit)); err != nil {
		return Profile{}, err
	}
	if profile.BirthDate, err = readBirthDate(string(p.BirthDate)); err != nil {
		return Profile{}, err
	}
	return profile, nil
}

func readProfile(plain []byte) (Profile, error) {
	var content profileContent
	if json.Unmarshal(plain, &content) != nil {
		return Profile{}, errNotDocumented
	}
	profile, err := content.read()
	if err == nil && content == (profileContent{}) {
		err = errors.New("it holds nothing about the person")
	}
	return profile, err
}
