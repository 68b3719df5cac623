package iamsmart

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// Algorithm is how a hash is signed.
type Algorithm string

// The algorithms. Those that begin with NONE sign the hash as it is, which must then be SHA-256 or SM3; the others hash it
// once more.
const (
	AlgorithmSHA256WithRSA Algorithm = "SHA256withRSA" // iAM Smart's default
	AlgorithmNoneWithRSA   Algorithm = "NONEwithRSA"
	AlgorithmSM3WithSM2    Algorithm = "SM3withSM2"
	AlgorithmNoneWithSM2   Algorithm = "NONEwithSM2"
)

// Document describes to the person what they sign, and says who is to sign it. All of it is needed.
type Document struct {
	// Name and Service have at most 255 characters, Department at most 100.
	Name, Service, Department string
	// Signer is what [HKICHash] makes of the HKIC number of the person who is to sign: anybody else gets KindMismatch.
	Signer Secret
}

func (d Document) into(p *parameters) error {
	p.DocumentName, p.ServiceName, p.Department, p.HKICHash = d.Name, d.Service, d.Department, d.Signer.Reveal()
	if d.Name == "" || d.Service == "" || d.Department == "" {
		return errors.New("documentName, serviceName or department is empty")
	}
	if sum, err := base64.StdEncoding.DecodeString(p.HKICHash); err != nil || len(sum) != sha256.Size {
		return errors.New("HKICHash is not the Base64 of a SHA-256")
	}
	return cmp.Or(
		checkLine("documentName", d.Name, 255), checkLine("serviceName", d.Service, 255), checkLine("department", d.Department, 100),
	)
}

// SigningRequest asks a person who is logged in to sign the hash of a document. It needs the scope eidapi_sign, and a person
// whose Token.UserType is "sign". The page must show the person how to compare the identification code with that in the app.
type SigningRequest struct {
	Request
	Document Document
	// Hash is that of the document: 20 to 64 bytes, and 32 where Algorithm takes it as it is.
	Hash []byte
	// Algorithm may be empty, which leaves it to iAM Smart.
	Algorithm Algorithm
}

// RequestSigning begins the signing of a hash. [Callback.Signature] reads what comes of it, and Acknowledge tells iAM Smart
// what was made of that. Every error is an *Error; a faulty request is one of KindProtocol, and nothing was sent.
func (c *Client) RequestSigning(ctx context.Context, r SigningRequest) (Started, error) {
	p := parameters{HashCode: r.Hash, SigAlgo: string(r.Algorithm)}
	fault := cmp.Or(r.Request.into(&p), r.Document.into(&p), checkHash(r.Hash, r.Algorithm))
	return c.begin(ctx, FunctionSigning, p, fault)
}

func checkHash(hash []byte, algorithm Algorithm) error {
	if len(hash) < 20 || len(hash) > 64 {
		return errors.New("hashCode is no hash of 20 to 64 bytes")
	}
	switch algorithm {
	case "", AlgorithmSHA256WithRSA, AlgorithmSM3WithSM2:
		return nil
	case AlgorithmNoneWithRSA, AlgorithmNoneWithSM2:
		if len(hash) != 32 {
			return errors.New("hashCode is not of 32 bytes, which this sigAlgo needs")
		}
		return nil
	}
	return errors.New("sigAlgo is none that iAM Smart knows")
}

// PDFSigningRequest asks a person who is logged in to sign a PDF (Adobe.PPKLite, adbe.pkcs7.detached). What SigningRequest
// needs, this needs too.
type PDFSigningRequest struct {
	Request
	Document Document
	// Digest is that of the PDF's byte ranges: 20 to 64 bytes.
	Digest []byte
}

// RequestPDFSigning begins the signing of a PDF. [Callback.PDFSignature] reads what comes of it. What RequestSigning says of
// errors and of the acknowledgement holds here too.
func (c *Client) RequestPDFSigning(ctx context.Context, r PDFSigningRequest) (Started, error) {
	p := parameters{DocDigest: r.Digest}
	fault := cmp.Or(r.Request.into(&p), r.Document.into(&p), checkDigest(r.Digest))
	return c.begin(ctx, FunctionPDFSigning, p, fault)
}

func checkDigest(digest []byte) error {
	if len(digest) < 20 || len(digest) > 64 {
		return errors.New("docDigest is no hash of 20 to 64 bytes")
	}
	return nil
}

// Signature is a signed hash. Whether it verifies under its certificate, and whom that names, is for the caller to check.
type Signature struct {
	// Hash, Value and Certificate hold bytes; the last in DER. They redact themselves, since a certificate names its owner.
	Hash, Value, Certificate Personal
	// Time is when it was signed by iAM Smart's clock; zero where it did not say.
	Time time.Time
}

// Covers tells whether this is a signature over the hash that was asked for.
func (s Signature) Covers(hash []byte) bool {
	return len(hash) > 0 && bytes.Equal(hash, []byte(s.Hash.Reveal()))
}

func readSignature(plain []byte) (Signature, error) {
	var content struct {
		HashCode    []byte `json:"hashCode"`
		Signature   []byte `json:"signature"`
		Certificate []byte `json:"cert"`
		Timestamp   leaf   `json:"timestamp"`
	}
	if json.Unmarshal(plain, &content) != nil {
		return Signature{}, errNotDocumented
	}
	if len(content.HashCode) == 0 || len(content.Signature) == 0 || len(content.Certificate) == 0 {
		return Signature{}, errors.New("it lacks hashCode, signature or cert")
	}
	signed, err := readMoment(content.Timestamp)
	return Signature{
		Hash: personalBytes(content.HashCode), Value: personalBytes(content.Signature),
		Certificate: personalBytes(content.Certificate), Time: signed,
	}, err
}

// PDFSignature is what goes into a PDF: the bytes of a detached PKCS#7 signature in DER. It is for the caller to verify.
type PDFSignature struct{ PKCS7 Personal }

func readPDFSignature(plain []byte) (PDFSignature, error) {
	var content struct {
		Signature []byte `json:"pdfSignature"`
	}
	if json.Unmarshal(plain, &content) != nil {
		return PDFSignature{}, errNotDocumented
	}
	if len(content.Signature) == 0 {
		return PDFSignature{}, errors.New("it lacks pdfSignature")
	}
	return PDFSignature{PKCS7: personalBytes(content.Signature)}, nil
}

func personalBytes(b []byte) Personal { return Personal{hide(string(b))} }

// SigningResult is what a service made of a signature.
type SigningResult string

// The results.
const (
	SignatureAccepted SigningResult = "SR001"
	SignatureRejected SigningResult = "SR002"
	SignatureMissing  SigningResult = "SR003" // no signature came
)

// Acknowledge tells iAM Smart what was made of the signature that a request brought, so that the person's app can say so.
// Every error is an *Error.
func (c *Client) Acknowledge(ctx context.Context, businessID string, result SigningResult) error {
	if !wellFormed(businessID, maxBusinessID, isVisible) {
		return notSent(FunctionAcknowledge, errBusinessID)
	}
	if result != SignatureAccepted && result != SignatureRejected && result != SignatureMissing {
		return notSent(FunctionAcknowledge, errors.New("signingResult is none of SR001, SR002 and SR003"))
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	p := parameters{BusinessID: businessID, SigningResult: string(result)}
	_, _, err := c.callForAnswer(ctx, FunctionAcknowledge, p)
	return err
}
