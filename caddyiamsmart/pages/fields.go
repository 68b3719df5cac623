package pages

import (
	"fmt"
	"strings"
	"time"
)

// fieldWords are the names of the details that iAM Smart can be asked for.
var fieldWords = map[string]string{
	"hkic":       "field.hkic",
	"name_en":    "field.nameen",
	"name_zh":    "field.namezh",
	"birth_date": "field.birthdate",
	"gender":     "field.gender",
	"mobile":     "field.mobile",
	"email":      "field.email",
}

// FieldNames puts the names of details in words. One that is not known is an error.
func (v view) FieldNames(fields []string) ([]string, error) {
	var names []string
	for _, field := range fields {
		name, err := v.fieldName(field)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func (v view) fieldName(field string) (string, error) {
	key, known := fieldWords[field]
	if !known {
		return "", fmt.Errorf("naming the detail %q: no such detail", field)
	}
	return v.Plain(key)
}

// FieldList is FieldNames in one line.
func (v view) FieldList(fields []string) (string, error) {
	names, err := v.FieldNames(fields)
	if v.lang == English {
		return strings.Join(names, ", "), err
	}
	return strings.Join(names, "、"), err
}

// Rows puts the details that iAM Smart gave in words.
func (v view) Rows(rows []Row) ([]Row, error) {
	var said []Row
	for _, row := range rows {
		label, err := v.fieldName(row.Label)
		if err != nil {
			return nil, err
		}
		value, err := v.fieldValue(row)
		if err != nil {
			return nil, err
		}
		said = append(said, Row{Label: label, Value: value})
	}
	return said, nil
}

func (v view) fieldValue(row Row) (string, error) {
	switch {
	case row.Label == "hkic":
		return v.Plain("field.unseen") // somebody may look over the shoulder
	case row.Label == "gender" && row.Value == "M":
		return v.Plain("field.male")
	case row.Label == "gender" && row.Value == "F":
		return v.Plain("field.female")
	case row.Label == "birth_date":
		if day, err := time.ParseInLocation(time.DateOnly, row.Value, hongKong); err == nil {
			return v.lang.day(day), nil
		}
	}
	if row.Value == "" {
		return v.Plain("field.none")
	}
	return clean(row.Value), nil
}
