package iamsmart

// SignatureOf, Seal and Open lead the tests to what committed vectors fix and GetToken draws at random.

func SignatureOf(clientID, secret, timestamp, nonce string, body []byte) string {
	return (&signer{clientID: clientID, secret: []byte(secret)}).signature(timestamp, nonce, body)
}

func Seal(key, plain []byte) (string, error) {
	s, err := newSealing(key)
	if err != nil {
		return "", err
	}
	return s.seal(plain), nil
}

func Open(key []byte, content string) ([]byte, error) {
	s, err := newSealing(key)
	if err != nil {
		return nil, err
	}
	return s.open(content)
}

// KnownCodes is how many numbers have a row of their own.
func KnownCodes() int { return len(meanings) }

// KeyOfText decodes the Base64 of a key.
func KeyOfText(text []byte) []byte { return keyOfText(text) }
