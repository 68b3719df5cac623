package simulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// object is a JSON object of the shapes in which form filling sends data.
type object = map[string]any

// formOf are the fields of form filling beside those of the profile.
func formOf(prefix, marital, mobile string, residential, postal object) map[string]any {
	return map[string]any{
		"prefix": prefix, "maritalStatus": marital, "educationLevel": "T",
		"mobileNumber":       object{"CountryCode": "852", "SubscriberNumber": mobile},
		"homeTelNumber":      object{"CountryCode": "852", "SubscriberNumber": "21230000"},
		"officeTelNumber":    object{"CountryCode": "44", "NationalDestinationCode": "20", "SubscriberNumber": "79460000"},
		"emailAddress":       mobile + "@example.com",
		"residentialAddress": residential, "postalAddress": postal,
		"addressDocInfo": documentInfo(), "addressDocFile": documentFile(),
		"passportNumber": "ZT" + mobile, "passportExpiry": "20310131", "propertyOwner": "N", "carOwner": "Y", "employmentStatus": "E",
	}
}

func addressEnglish() object {
	return object{"EngPremisesAddress": object{
		"Region": "KLN", "EngDistrict": object{"DcDistrict": "SSP", "Sub-district": "Sample District"}, "BuildingName": "Example House",
		"EngEstate": object{"EstateName": "Sample Estate", "Phase": object{"PhaseName": "Phase 2"}},
		"Street":    object{"StreetName": "Placeholder Street", "BuildingNoFrom": "10A"},
		"Block":     object{"BlockDescriptor": "Block", "BlockNo": "3"},
		"3dAddress": object{"Floor": object{"FloorNum": "12"},
			"Unit": object{"UnitDescriptor": "Flat", "UnitNo": "B"}},
	}}
}

func addressChinese() object {
	return object{"ChiPremisesAddress": object{
		"Region": "NT", "ChiDistrict": object{"DcDistrict": "ST", "Sub-district": "範例區"}, "BuildingName": "範例樓",
		"ChiEstate": object{"EstateName": "測試邨"}, "Street": object{"StreetName": "示範街", "BuildingNoFrom": "8"},
		"3dAddress": object{"Floor": object{"FloorNum": "地下"}, "Unit": object{"UnitDescriptor": "室", "UnitNo": "1"}},
	}}
}

func lotEnglish() object {
	return object{"EngPremisesAddress": object{"Region": "NT", "EngDistrict": object{"DcDistrict": "YL", "Sub-district": "Sample Village"},
		"EngLot": object{"EngStructuredLot": object{"DdType": "DD", "DdNo": "999", "LotType": "Lot", "LotNo": "1234", "LotSection1": "A",
			"LotSubsection1": "1", "LotExtendPortionCode": "RP"}}}}
}

func lotChinese() object {
	return object{"ChiPremisesAddress": object{"Region": "NT", "ChiDistrict": object{"DcDistrict": "TP", "Sub-district": "範例村"},
		"ChiLot": object{"ChiStructuredLot": object{"DdType": "丈量約份", "DdNo": "999", "LotType": "地段", "LotNo": "56"}}}}
}

func addressFree(language string) object {
	lines := object{"LanguageCode": "en", "AddressLine1": "1 Example Road", "AddressLine2": "Sampletown", "AddressLine3": "Nowhere"}
	if language == "Zh" {
		lines = object{"LanguageCode": "zh", "AddressLine1": "範例道一號", "AddressLine2": "㙟𡐓測試"}
	}
	return object{"FreeFormatAddress": lines}
}

// postBox numbers are numbers with some people and strings with others.
func postBox(language string, number any) object {
	box := object{"PoBoxNo": number, "PostOffice": "Sample Post Office", "PostOfficeRegion": "HK"}
	return object{"PostBoxAddress": object{language + "PostBox": box}}
}

// documentPDF stands for a bill that proves an address.
const documentPDF = "%PDF-1.4\n% invented\n%%EOF\n"

const documentDay = 1_767_225_600_000 // 1 January 2026

func documentInfo() object {
	lines := object{"addressLine1": "Flat B, 12/F", "addressLine2": "Example House", "addressLine3": "10A Placeholder Street", "addressLine4": ""}
	return object{"enProviderName": "Sample Water", "tcProviderName": "範例水務", "scProviderName": "范例水务",
		"enUserName": "TEST", "tcUserName": "測試", "enServiceAddress": lines, "tcServiceAddress": object{"addressLine1": "範例樓"},
		"enPostalAddress": lines, "lastRetrievalDate": documentDay}
}

func documentFile() object {
	sum := sha256.Sum256([]byte(documentPDF))
	return object{"docFile": base64.StdEncoding.EncodeToString([]byte(documentPDF)), "docHash": hex.EncodeToString(sum[:]), "billDate": documentDay}
}
