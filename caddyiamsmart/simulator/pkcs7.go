package simulator

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
)

// The parts of a CMS SignedData (RFC 5652) that a detached signature needs. The libraries at hand digest the content themselves, but
// of a PDF the simulator gets the digest alone.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content signedData `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version          int
		DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
		Encapsulated     encapsulated
		Certificates     asn1.RawValue
		Signers          []signerInfo `asn1:"set"`
	}
	encapsulated struct{ Type asn1.ObjectIdentifier }
	signerInfo   struct {
		Version            int
		Signer             issuerAndSerial
		DigestAlgorithm    pkix.AlgorithmIdentifier
		Signed             asn1.RawValue
		SignatureAlgorithm pkix.AlgorithmIdentifier
		Signature          []byte
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values []any `asn1:"set"`
	}
)

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
)

// implicitSet is the tag by which certificates and signed attributes stand in place of SET OF.
const implicitSet = 0xA0

// detached is a PKCS#7 signature over a document of which the SHA-256 digest is known.
func (s *signer) detached(digest []byte) ([]byte, error) {
	attributes, err := asn1.MarshalWithParams([]attribute{
		{oidContentType, []any{oidData}}, {oidMessageDigest, []any{digest}},
	}, "set")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(attributes) // as SET OF; they are written under another tag
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	attributes[0] = implicitSet
	return asn1.Marshal(contentInfo{oidSignedData, signedData{
		Version:          1,
		DigestAlgorithms: []pkix.AlgorithmIdentifier{{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}},
		Encapsulated:     encapsulated{oidData},
		Certificates:     asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: s.certificate.Raw},
		Signers: []signerInfo{{
			Version:            1,
			Signer:             issuerAndSerial{asn1.RawValue{FullBytes: s.certificate.RawIssuer}, s.certificate.SerialNumber},
			DigestAlgorithm:    pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue},
			Signed:             asn1.RawValue{FullBytes: attributes},
			SignatureAlgorithm: pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue},
			Signature:          signature,
		}},
	}})
}
