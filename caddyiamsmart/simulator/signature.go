package simulator

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"time"
)

// signer is the throw-away certificate with which the simulated persons sign; one for all of them.
type signer struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
}

const signerLife = 10 * 365 * 24 * time.Hour

// newSigner makes key and certificate. The name says that it stands for nobody.
func newSigner(now time.Time) (*signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, minKeyBits)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "simulated person, not a real certificate"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(signerLife),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &signer{key, certificate}, err
}

// addSignature signs the hash. SHA256withRSA hashes it once more; NONEwithRSA puts it under the key as it stands, padded, without the
// name of a hash function, as Java's algorithm of that name does.
func (s *Simulator) addSignature(content map[string]any, a *ask) error {
	signer, err := s.signer()
	if err != nil {
		return err
	}
	function, digest := crypto.Hash(0), a.digest
	if a.algorithm == algorithmSHA256 {
		sum := sha256.Sum256(a.digest)
		function, digest = crypto.SHA256, sum[:]
	}
	signature, err := rsa.SignPKCS1v15(nil, signer.key, function, digest)
	if err != nil {
		return err
	}
	content["hashCode"] = a.hashCode
	content["timestamp"] = s.options.Now().UnixMilli()
	content["signature"] = base64.StdEncoding.EncodeToString(signature)
	content["cert"] = base64.StdEncoding.EncodeToString(signer.certificate.Raw)
	return nil
}

// addPDFSignature makes the PKCS#7 for a PDF's signature dictionary (Adobe.PPKLite, adbe.pkcs7.detached).
func (s *Simulator) addPDFSignature(content map[string]any, a *ask) error {
	signer, err := s.signer()
	if err != nil {
		return err
	}
	signature, err := signer.detached(a.digest)
	if err != nil {
		return err
	}
	content["timestamp"] = s.options.Now().UnixMilli()
	content["pdfSignature"] = base64.StdEncoding.EncodeToString(signature)
	return nil
}
