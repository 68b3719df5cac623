package simulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"
)

// The algorithms of hash signing.
const (
	algorithmSHA256 = "SHA256withRSA"
	algorithmNone   = "NONEwithRSA"
)

// digestSizes are those of SHA-256, SHA-384 and SHA-512.
var digestSizes = []int{32, 48, 64}

func (s *Simulator) readSigning(p *parameters, a *ask) {
	a.algorithm = p.optional("sigAlgo", maxText)
	switch a.algorithm {
	case "":
		a.algorithm = algorithmSHA256
	case algorithmSHA256, algorithmNone:
	case "SM3withSM2", "NONEwithSM2":
		p.note(ruleSigAlgoSM.broken("sigAlgo is %s", a.algorithm))
	default:
		p.note(ruleSigAlgo.broken("sigAlgo is %q", clip(a.algorithm)))
	}
	sizes := digestSizes
	if a.algorithm == algorithmNone {
		sizes = digestSizes[:1]
	}
	readDigest(p, a, "hashCode", sizes)
	readDocument(p, a)
}

func (s *Simulator) readPDFSigning(p *parameters, a *ask) {
	readDigest(p, a, "docDigest", digestSizes[:1])
	readDocument(p, a)
}

func readDigest(p *parameters, a *ask, name string, sizes []int) {
	a.hashCode = p.text(name, maxText)
	digest, err := base64.StdEncoding.Strict().DecodeString(a.hashCode)
	if a.hashCode != "" && (err != nil || !slices.Contains(sizes, len(digest))) {
		p.note(ruleHashForm.broken("%s is no Base64 of a digest of %v bytes", name, sizes))
	}
	a.digest = digest
}

// readDocument takes what every kind of signing has.
func readDocument(p *parameters, a *ask) {
	a.hkicHash = p.text("HKICHash", maxText)
	if sum, err := base64.StdEncoding.Strict().DecodeString(a.hkicHash); a.hkicHash != "" && (err != nil || len(sum) != sha256.Size) {
		p.note(ruleHashForm.broken("HKICHash is no Base64 of a SHA-256 digest"))
	}
	p.text("department", maxDepartment)
	p.text("serviceName", maxText)
	a.title = p.text("documentName", maxText)
	p.oneOf("suaMethod", "FR", "NFC", "FR,NFC", "NFC,FR", "FR|NFC", "NFC|FR")
	p.number("suaWaitPeriod", maxWaitHours)
}

// maxWaitHours is the longest time for which one step-up serves further signatures.
const maxWaitHours = 720

// checkHKIC compares the hash that a signing request brings with the person. The caller holds the lock.
func (s *Simulator) checkHKIC(a *ask, handle string) error {
	if !a.function.signs {
		return nil
	}
	person, _ := s.findPerson(handle)
	if !person.matches(a.hkicHash) {
		return ruleHKIC.broken("HKICHash is not that of the person")
	}
	return nil
}

// matches compares a hash with the person's number without its check digit.
func (p Person) matches(hkicHash string) bool {
	sum := sha256.Sum256([]byte(p.Identification))
	return subtle.ConstantTimeCompare([]byte(base64.StdEncoding.EncodeToString(sum[:])), []byte(hkicHash)) == 1
}
