package iamsmart

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AddressForm is one of the ways in which an address is written down.
type AddressForm string

// The forms of an address.
const (
	AddressChinese AddressForm = "ChiPremisesAddress" // of a building or a lot, in Chinese
	AddressEnglish AddressForm = "EngPremisesAddress" // of a building or a lot, in English
	AddressFree    AddressForm = "FreeFormatAddress"  // Lines in Language
	AddressPostBox AddressForm = "PostBoxAddress"     // a post office's box; postal addresses only
)

var addressForms = []AddressForm{AddressChinese, AddressEnglish, AddressFree, AddressPostBox}

// Address is a place. Form says which of the rest is filled; it is empty where there is no address.
type Address struct {
	Form AddressForm

	Region, District, SubDistrict, Building, Estate, Phase Personal
	Street, StreetNumber                                   Personal
	BlockDescriptor, BlockNumber                           Personal
	Floor, UnitDescriptor, UnitNumber                      Personal
	Lot                                                    Lot

	Language Personal // a code, of the free form
	Lines    []Personal

	PostBox, PostOffice, PostOfficeRegion Personal
}

// Lot is a piece of land by its number in the land registry, where it has no street.
type Lot struct {
	DemarcationType, DemarcationNumber, Type, Number Personal
	Sections, Subsections                            []Personal
	Extension                                        Personal
}

// readAddress reads whichever form came; there must be one and no more.
func readAddress(outer map[string]any) (Address, error) {
	if outer == nil {
		return Address{}, nil
	}
	r := &addressReader{}
	var found []Address
	for _, form := range addressForms {
		if inner := r.child(outer, string(form)); inner != nil {
			found = append(found, r.read(form, inner))
		}
	}
	if r.fault {
		return Address{}, errors.New("an address has a part that is not of the documented shape")
	}
	if len(found) != 1 {
		return Address{}, fmt.Errorf("an address is in %d of the known forms, not in one", len(found))
	}
	return found[0], nil
}

// addressReader walks through an address by names. Those differ between documents and programs: many have Chi or Eng before
// them or not, and some end otherwise. Names that nobody asks for are ignored.
type addressReader struct{ fault bool }

func (r *addressReader) read(form AddressForm, in map[string]any) Address {
	a := Address{Form: form}
	switch form {
	case AddressFree:
		a.Language = r.text(in, "LanguageCode")
		for _, name := range []string{"AddressLine1", "AddressLine2", "AddressLine3"} {
			if line := r.text(in, name); line.Reveal() != "" {
				a.Lines = append(a.Lines, line)
			}
		}
	case AddressPostBox:
		box := r.child(in, "PostBox")
		if box == nil {
			box = in
		}
		a.PostBox, a.PostOffice = r.text(box, "PoBoxNo"), r.text(box, "PostOffice")
		a.PostOfficeRegion = r.text(box, "PostOfficeRegion")
	default:
		r.premises(&a, in)
	}
	return a
}

func (r *addressReader) premises(a *Address, in map[string]any) {
	district, estate := r.child(in, "District"), r.child(in, "Estate")
	street, block, inside := r.child(in, "Street"), r.child(in, "Block"), r.child(in, "3dAddress")
	floor, unit := r.child(inside, "Floor"), r.child(inside, "Unit")
	a.Region = r.text(in, "Region")
	a.District, a.SubDistrict = r.text(district, "DcDistrict"), r.text(district, "Sub-district", "SubDistrict")
	a.Building = r.text(in, "BuildingName")
	a.Estate, a.Phase = r.text(estate, "EstateName"), r.text(r.child(estate, "Phase"), "PhaseName")
	a.Street, a.StreetNumber = r.text(street, "StreetName"), r.text(street, "BuildingNoFrom")
	a.BlockDescriptor, a.BlockNumber = r.text(block, "BlockDescriptor"), r.text(block, "BlockNo")
	a.Floor = r.text(floor, "FloorNum", "Floor")
	a.UnitDescriptor, a.UnitNumber = r.text(unit, "UnitDescriptor"), r.text(unit, "UnitNo")
	if lot := r.child(in, "Lot"); lot != nil {
		a.Lot = r.lot(lot)
	}
}

func (r *addressReader) lot(outer map[string]any) Lot {
	in := r.child(outer, "StructuredLot", "StructureLot")
	if in == nil {
		in = outer
	}
	lot := Lot{
		DemarcationType: r.text(in, "DdType"), DemarcationNumber: r.text(in, "DdNo"),
		Type: r.text(in, "LotType"), Number: r.text(in, "LotNo"), Extension: r.text(in, "LotExtendPortionCode"),
	}
	names := make([]string, 0, len(in))
	for name := range in {
		names = append(names, name)
	}
	slices.Sort(names) // LotSection1, LotSection2
	for _, name := range names {
		switch {
		case strings.HasPrefix(name, "LotSection"):
			lot.Sections = append(lot.Sections, r.text(in, name))
		case strings.HasPrefix(name, "LotSubsection"):
			lot.Subsections = append(lot.Subsections, r.text(in, name))
		}
	}
	return lot
}

// child gives the object of the first name that is there; nil if none is. An address may give a floor as an object or as a
// text: a text is taken for an object that holds it under its own name.
func (r *addressReader) child(in map[string]any, names ...string) map[string]any {
	name, value := lookUp(in, names)
	switch value := value.(type) {
	case nil:
		return nil
	case map[string]any:
		return value
	case string, float64:
		return map[string]any{name: value}
	}
	r.fault = true
	return nil
}

func (r *addressReader) text(in map[string]any, names ...string) Personal {
	_, value := lookUp(in, names)
	var text leaf
	switch value := value.(type) {
	case nil:
	case string:
		r.fault = text.set(value) != nil || r.fault
	case float64:
		text = leaf(strconv.FormatFloat(value, 'f', -1, 64))
	default:
		r.fault = true
	}
	return text.personal()
}

// lookUp gives the first name that stands there, as it is, or behind Chi or Eng; the name given back is without those.
func lookUp(in map[string]any, names []string) (string, any) {
	for _, name := range names {
		for _, prefix := range []string{"", "Chi", "Eng"} {
			if value := in[prefix+name]; value != nil {
				return name, value
			}
		}
	}
	return "", nil
}
