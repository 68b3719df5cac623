package iamsmart

import (
	"errors"
	"fmt"
	"slices"
)

// Field is something that iAM Smart can tell about a person, as requests name it.
type Field string

// The fields of a profile, which are verified.
const (
	FieldNumber              Field = "idNo"
	FieldEnglishName         Field = "enName"
	FieldChineseName         Field = "chName"
	FieldChineseNameVerified Field = "chNameVerified"
	FieldBirthDate           Field = "birthDate"
	FieldGender              Field = "gender"
)

// What else form filling knows: what the person has stored in the app. The last five are of an older list.
const (
	FieldPrefix             Field = "prefix"
	FieldMaritalStatus      Field = "maritalStatus"
	FieldHomePhone          Field = "homeTelNumber"
	FieldOfficePhone        Field = "officeTelNumber"
	FieldMobilePhone        Field = "mobileNumber"
	FieldEmail              Field = "emailAddress"
	FieldResidentialAddress Field = "residentialAddress"
	FieldPostalAddress      Field = "postalAddress"
	FieldEducationLevel     Field = "educationLevel"
	FieldAddressDocument    Field = "addressDocInfo"
	FieldAddressFile        Field = "addressDocFile"
	FieldPassportNumber     Field = "passportNumber"
	FieldPassportExpiry     Field = "passportExpiry"
	FieldPropertyOwner      Field = "propertyOwner"
	FieldCarOwner           Field = "carOwner"
	FieldEmploymentStatus   Field = "employmentStatus"
)

var profileFields = []Field{
	FieldNumber, FieldEnglishName, FieldChineseName, FieldChineseNameVerified, FieldBirthDate, FieldGender,
}

var formFields = append(slices.Clone(profileFields),
	FieldPrefix, FieldMaritalStatus, FieldHomePhone, FieldOfficePhone, FieldMobilePhone, FieldEmail, FieldResidentialAddress,
	FieldPostalAddress, FieldEducationLevel, FieldAddressDocument, FieldAddressFile, FieldPassportNumber, FieldPassportExpiry,
	FieldPropertyOwner, FieldCarOwner, FieldEmploymentStatus)

// checkFields wants known fields, each once.
func checkFields(list string, fields, known []Field) error {
	for i, field := range fields {
		if !slices.Contains(known, field) {
			return errors.New(list + " holds a field that is not known there")
		}
		if slices.Contains(fields[:i], field) {
			return fmt.Errorf("%s holds %s twice", list, field)
		}
	}
	return nil
}
