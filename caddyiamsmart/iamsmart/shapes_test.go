package iamsmart_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// formFrom has a filled form arrive whose content holds more, written as JSON.
func formFrom(t testing.TB, server *smart, client *iamsmart.Client, more string) (iamsmart.FormFilling, error) {
	t.Helper()
	plain := []byte(`{"businessID":"b","state":"s",` + more + `}`)
	got, err := client.OpenCallback(context.Background(), incoming(callback(nil, "", "D00000", sealByHand(server.cek, plain))))
	if err != nil {
		t.Fatalf("%s: %v", more, err)
	}
	return got.FormFilling()
}

// Given addresses in each form and in the spellings of different documents, every part is found.
func TestAddresses(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	english := `{"EngPremisesAddress":{"Region":"KLN","EngDistrict":{"DcDistrict":"SSP","Sub-district":"MF"},"BuildingName":"Sun House",
		"EngEstate":{"EstateName":"Sun Estate","EngPhase":{"PhaseName":"2"}},"EngStreet":{"StreetName":"Sun Road","BuildingNoFrom":12},
		"EngBlock":{"BlockDescriptor":"BLK","BlockNo":"A"},"Eng3dAddress":{"EngFloor":{"FloorNum":"3"},
		"EngUnit":{"UnitDescriptor":"FLAT","UnitNo":"4"}},"Unknown":{"x":[1]}}}`
	for _, c := range []struct{ name, json, want string }{
		{"English, prefixed", english, "EngPremisesAddress KLN SSP MF Sun House Sun Estate 2 Sun Road 12 BLK A 3 FLAT 4"},
		{"English, without prefixes", strings.NewReplacer(`"EngPremises`, `"EngPremises`, `"Eng`, `"`, "FloorNum", "Floor").Replace(english),
			"EngPremisesAddress KLN SSP MF Sun House Sun Estate 2 Sun Road 12 BLK A 3 FLAT 4"},
		{"Chinese", `{"ChiPremisesAddress":{"Region":"九龍","ChiDistrict":{"DcDistrict":"深水埗"},"BuildingName":"日光樓",
			"3dAddress":{"Floor":"三樓"}}}`, "ChiPremisesAddress 九龍 深水埗 日光樓 三樓"},
		{"a lot", `{"EngPremisesAddress":{"Region":"NT","EngLot":{"EngStructuredLot":{"DdType":"DD","DdNo":7,"LotType":"LOT","LotNo":"8",
			"LotSection1":"A","LotSection2":"B","LotSubsection1":"1","LotExtendPortionCode":"EXT"}}}}`,
			"EngPremisesAddress NT lot DD 7 LOT 8 [A B] [1] EXT"},
		{"a lot, another spelling", `{"EngPremisesAddress":{"EngLot":{"EngStructureLot":{"LotNo":"8"}}}}`, "EngPremisesAddress lot 8 [] []"},
		{"free", `{"FreeFormatAddress":{"LanguageCode":"E","AddressLine1":"1 Sun Road","AddressLine2":"","AddressLine3":"Hong Kong"}}`,
			"FreeFormatAddress E [1 Sun Road Hong Kong]"},
		{"a box, number", `{"PostBoxAddress":{"EngPostBox":{"PoBoxNo":123456789,"PostOffice":"GPO","PostOfficeRegion":"HK"}}}`,
			"PostBoxAddress 123456789 GPO HK"},
		{"a box, text", `{"PostBoxAddress":{"ChiPostBox":{"PoBoxNo":"0012","PostOffice":"郵政總局"}}}`, "PostBoxAddress 0012 郵政總局"},
		{"none", `null`, ""},
	} {
		form, err := formFrom(t, server, client, `"residentialAddress":`+c.json+`,"postalAddress":`+c.json)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want(t, c.name, inOneLine(form.Residential), c.want)
		want(t, c.name, inOneLine(form.Postal), c.want)
	}
	for name, json := range map[string]string{
		"two forms": `{"FreeFormatAddress":{"AddressLine1":"x"},"PostBoxAddress":{"EngPostBox":{}}}`, "no known form": `{"NewAddress":{}}`,
		"a list for a text": `{"FreeFormatAddress":{"AddressLine1":["geheim"]}}`, "a list for an object": `{"EngPremisesAddress":["geheim"]}`,
		"a line too long": `{"FreeFormatAddress":{"AddressLine1":"` + strings.Repeat("geheim", 200) + `"}}`,
		"a line with NUL": `{"FreeFormatAddress":{"AddressLine1":"geheim\u0000"}}`, "a text": `"geheim"`,
	} {
		_, err := formFrom(t, server, client, `"postalAddress":`+json)
		if err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error is %v", name, err)
			continue
		}
		want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
	}
}

// inOneLine writes what an address holds, in order.
func inOneLine(a iamsmart.Address) string {
	words := []string{string(a.Form)}
	add := func(parts ...iamsmart.Personal) {
		for _, part := range parts {
			if part.Reveal() != "" {
				words = append(words, part.Reveal())
			}
		}
	}
	list := func(parts []iamsmart.Personal) {
		var inner []string
		for _, part := range parts {
			inner = append(inner, part.Reveal())
		}
		words = append(words, "["+strings.Join(inner, " ")+"]")
	}
	add(a.Region, a.District, a.SubDistrict, a.Building, a.Estate, a.Phase, a.Street, a.StreetNumber, a.BlockDescriptor, a.BlockNumber,
		a.Floor, a.UnitDescriptor, a.UnitNumber)
	if a.Lot.Number.Reveal() != "" {
		words = append(words, "lot")
		add(a.Lot.DemarcationType, a.Lot.DemarcationNumber, a.Lot.Type, a.Lot.Number)
		list(a.Lot.Sections)
		list(a.Lot.Subsections)
		add(a.Lot.Extension)
	}
	add(a.Language)
	if len(a.Lines) > 0 {
		list(a.Lines)
	}
	add(a.PostBox, a.PostOffice, a.PostOfficeRegion)
	return strings.Join(words, " ")
}

// Given a form with everything, everything is read; numbers where texts are usual make no difference, and nor do new fields.
func TestFormFilling(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	form, err := formFrom(t, server, client, `"idNo":{"Identification":" A123456 ","CheckDigit":3},"enName":{"UnstructuredName":" SAN, Chi  Nan "},
		"chNameVerified":true,"prefix":"Ms","maritalStatus":"S","educationLevel":"T","emailAddress":"san@example.com",
		"homeTelNumber":{"CountryCode":"852","SubscriberNumber":23456789},
		"mobileNumber":{"CountryCode":86,"NationalDestinationCode":"139","SubscriberNumber":"0000"},
		"addressDocInfo":{"enProviderName":"Power Co","tcProviderName":"電力","scProviderName":"电力","enUserName":"SAN","tcUserName":"辛",
			"enServiceAddress":{"addressLine1":"1","addressLine4":"4"},"tcPostalAddress":{"addressLine2":"二"},"lastRetrievalDate":1700000000000},
		"addressDocFile":{"docFile":"JVBERg==","docHash":"00ff","billDate":"1600000000000"},
		"passportNumber":"K1","passportExpiry":"20300101","propertyOwner":"Y","carOwner":false,"employmentStatus":"E","new":{"x":[]}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		got  iamsmart.Personal
		want string
	}{
		{form.EnglishName, "SAN, Chi  Nan"}, {form.ChineseNameVerified, "true"}, {form.ChineseName, ""}, {form.Gender, ""},
		{form.Prefix, "Ms"}, {form.MaritalStatus, "S"}, {form.EducationLevel, "T"}, {form.Email, "san@example.com"},
		{form.HomePhone.CountryCode, "852"}, {form.HomePhone.SubscriberNumber, "23456789"}, {form.OfficePhone.CountryCode, ""},
		{form.MobilePhone.NationalDestinationCode, "139"}, {form.MobilePhone.CountryCode, "86"},
		{form.AddressDocument.ProviderEN, "Power Co"}, {form.AddressDocument.ProviderTC, "電力"}, {form.AddressDocument.ProviderSC, "电力"},
		{form.AddressDocument.UserEN, "SAN"}, {form.AddressDocument.UserTC, "辛"},
		{form.AddressDocument.ServiceAddressEN[1], "4"}, {form.AddressDocument.PostalAddressTC[0], "二"},
		{form.AddressFile.PDF, "%PDF"}, {form.AddressFile.Hash, "00ff"},
		{form.PassportNumber, "K1"}, {form.PassportExpiry, "20300101"}, {form.PropertyOwner, "Y"}, {form.CarOwner, "false"},
		{form.EmploymentStatus, "E"},
	} {
		want(t, "a value", c.got.Reveal(), c.want)
	}
	want(t, "number", form.Number.Canonical(), "A1234563")
	want(t, "retrieved", form.AddressDocument.LastRetrieved.UnixMilli(), int64(1700000000000))
	want(t, "billed", form.AddressFile.Billed.UnixMilli(), int64(1600000000000))
	for _, bad := range []string{
		`"enName":"SAN"`, `"enName":{"UnstructuredName":["geheim"]}`, `"idNo":{"CheckDigit":"3"}`, `"mobileNumber":"geheim"`,
		`"idNo":{"Identification":"` + strings.Repeat("9", 65) + `"}`, `"chName":{"ChineseName":"geheim\nX"}`,
		`"addressDocFile":{"docFile":"geheim!"}`, `"addressDocFile":{"billDate":"geheim"}`, `"addressDocInfo":{"lastRetrievalDate":-1}`,
		`"birthDate":"geheim"`, `"emailAddress":{}`, `"prefix":"` + strings.Repeat("x", 1025) + `"`,
	} {
		if _, err := formFrom(t, server, client, bad); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%.60s: the error is %v", bad, err)
		}
	}
}

// A birth date may lack its day, or its month too.
func TestBirthDates(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	for text, expected := range map[string]string{
		"19900105": "1990 1 5", "19900100": "1990 1 0", "19900000": "1990 0 0", "1990": "1990 0 0", "199012": "1990 12 0",
		"1990----": "1990 0 0", "199001XX": "1990 1 0", "19900015": "1990 0 0", "20000229": "2000 2 29", "": "0 0 0",
		"19901301": "", "19990229": "", "19900132": "", "0000": "", "1990-01-05": "", "1990010": "", "x9900101": "", "1-900101": "",
	} {
		form, err := formFrom(t, server, client, `"birthDate":"`+text+`"`)
		if expected == "" {
			if err == nil {
				t.Errorf("%q passed", text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		year, month, day := form.BirthDate.Date()
		want(t, "date "+text, fmt.Sprint(year, int(month), day), expected)
		want(t, "as written", form.BirthDate.Reveal(), text)
	}
}

// Only true and "true" are a passed re-authentication.
func TestReauthentication(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	for value, passed := range map[string]bool{
		`true`: true, `"true"`: true, `false`: false, `"false"`: false, `"True"`: false, `1`: false, `"1"`: false, `null`: false, `{}`: false, `"yes"`: false,
	} {
		plain := []byte(`{"businessID":"b","state":"s","isPassed":` + value + `}`)
		got, err := client.OpenCallback(context.Background(), incoming(callback(nil, "", "D00000", sealByHand(server.cek, plain))))
		if err != nil {
			t.Fatal(err)
		}
		is, err := got.Reauthentication()
		if err != nil {
			t.Fatal(err)
		}
		want(t, "passed with "+value, is, passed)
	}
	var none iamsmart.Callback
	is, err := none.Reauthentication()
	want(t, "passed of nothing", is, false)
	want(t, "an error", err != nil, true)
}

// A signature is read whole or not at all, and says which hash it covers.
func TestSignatures(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	open := func(content map[string]any) iamsmart.Callback {
		content["businessID"], content["state"] = "b", "s"
		got, err := client.OpenCallback(context.Background(), incoming(callback(server.cek, "", "D00000", content)))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	hash := randomBytes(32)
	good := func() map[string]any {
		return map[string]any{
			"hashCode": base64.StdEncoding.EncodeToString(hash), "signature": "AQID", "cert": "BAUG", "timestamp": "1700000000000",
		}
	}
	signature, err := open(good()).Signature()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "covers", signature.Covers(hash), true)
	want(t, "covers another", signature.Covers(randomBytes(32)) || signature.Covers(nil) || (iamsmart.Signature{}).Covers(nil), false)
	want(t, "time", signature.Time.Equal(time.UnixMilli(1700000000000)), true)
	want(t, "value", signature.Value.Reveal()+signature.Certificate.Reveal(), "\x01\x02\x03\x04\x05\x06")
	for name, values := range map[string][]any{
		"hashCode": {"", nil, "%%"}, "signature": {"", nil, "%%"}, "cert": {"", nil, "%%"}, "timestamp": {"soon", -1},
	} {
		for _, value := range values {
			content := good()
			content[name] = value
			_, err := open(content).Signature()
			want(t, fmt.Sprint(name, " ", value, ": kind"), kindOf(t, err), iamsmart.KindProtocol)
		}
	}
	pdf, err := open(map[string]any{"pdfSignature": "AQID"}).PDFSignature()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "PDF", pdf.PKCS7.Reveal(), "\x01\x02\x03")
	_, err = open(map[string]any{"pdfSignature": ""}).PDFSignature()
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
}

// What a person is compared by is written in one way, whoever wrote it.
func TestT57CanonicalHKIC(t *testing.T) {
	for written, canonical := range map[string]string{
		"A1234563": "A1234563", "A123456(3)": "A1234563", " a 123 456 ( 3 ) ": "A1234563", "Ａ１２３４５６（３）": "A1234563",
		"a123456[3]": "A1234563", "A123456　(a)": "A123456A", "WX123456(A)": "WX123456A", "wx1234567": "WX1234567", "A123456": "A123456",
		"A12345": "A12345", "A123456-3": "A123456-3", "ABC123456(7)": "ABC123456(7)", "cc 12(3)": "cc 12(3)", " cc12 ": "cc12",
		"123456(7)": "123456(7)", "A123456(B)": "A123456(B)", "": "", "()": "()", "A1234567\x00": "A1234567\x00", "\xff": "\xff",
	} {
		want(t, written, iamsmart.CanonicalHKIC(written), canonical)
	}
	number := iamsmart.NewHKIC("A123456", "3")
	for record, matches := range map[string]bool{
		"a123456(3)": true, "A1234563": true, "A123456": false, "A123456(4)": false, "B123456(3)": false, "": false,
	} {
		want(t, "matches "+record, number.Matches(record), matches)
	}
	want(t, "consular", iamsmart.NewHKIC("cc 12", "3").Matches("cc 12(3)"), true)
	want(t, "consular, digit elsewhere", iamsmart.NewHKIC("cc 1", "23").Matches("cc 12(3)"), false)
	want(t, "nobody matches", iamsmart.HKIC{}.Matches("") || iamsmart.NewHKIC("", "").Matches(""), false)
	want(t, "nobody", iamsmart.HKIC{}.Canonical()+iamsmart.HKIC{}.Identification(), "")
}

func TestHKICCheckDigit(t *testing.T) {
	for number, digit := range map[string]string{
		"A123456": "3", "a 123 456": "3", "G123456": "A", "AB987654": "3", "L555555": "0", "A1234563": "", "AB1234567": "", "123456": "", "": "", "cc12": "",
	} {
		got, ok := iamsmart.HKICCheckDigit(number)
		want(t, "ok for "+number, ok, digit != "")
		if ok {
			want(t, "digit of "+number, string(got), digit)
		}
	}
}
