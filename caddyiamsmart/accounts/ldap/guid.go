package ldap

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// objectGUID is Active Directory's key of an entry: sixteen bytes, the first
// three groups of which are in little-endian order.
const objectGUID = "objectGUID"

func isGUID(attribute string) bool { return strings.EqualFold(attribute, objectGUID) }

// guidText writes a GUID as Windows shows it: 8-4-4-4-12 digits in lower case.
func guidText(raw []byte) (string, error) {
	if len(raw) != 16 {
		return "", errors.New("it is no GUID of 16 bytes")
	}
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x",
		binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint16(raw[4:]), binary.LittleEndian.Uint16(raw[6:]), raw[8:10], raw[10:]), nil
}

// guidFilter is the value by which a filter finds what guidText has written: each
// byte escaped.
func guidFilter(text string) (string, error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != 16 {
		return "", errors.New("it is no GUID")
	}
	binary.LittleEndian.PutUint32(raw, binary.BigEndian.Uint32(raw))
	binary.LittleEndian.PutUint16(raw[4:], binary.BigEndian.Uint16(raw[4:]))
	binary.LittleEndian.PutUint16(raw[6:], binary.BigEndian.Uint16(raw[6:]))
	if back, err := guidText(raw); err != nil || back != text {
		return "", errors.New("it is no GUID as it is written here")
	}
	var b strings.Builder
	for _, c := range raw {
		fmt.Fprintf(&b, `\%02x`, c)
	}
	return b.String(), nil
}
