package iamsmart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const opGetKey = string(FunctionGetKey)

// keyFetcher asks iAM Smart for the content key.
type keyFetcher struct {
	caller *caller
	unwrapper
	now func() time.Time
}

// wrappedKey is the content of getKey's answer, the only one that comes in clear.
type wrappedKey struct {
	SecretKey string `json:"secretKey"`
	PubKey    string `json:"pubKey"`
	IssueAt   int64  `json:"issueAt"`
	ExpiresIn int64  `json:"expiresIn"`
}

// fetch makes one getKey.
func (f *keyFetcher) fetch(ctx context.Context) (*cek, error) {
	got, err := f.caller.post(ctx, FunctionGetKey, f.caller.bare())
	if err != nil {
		return nil, err
	}
	var wrapped wrappedKey
	if json.Unmarshal(got.Content, &wrapped) != nil || wrapped.SecretKey == "" {
		return nil, &Error{Kind: KindProtocol, Op: opGetKey, Err: errors.New("the answer holds no key")}
	}
	issued, end, err := validity(f.caller.protocol.ExpiresIn, wrapped.IssueAt, wrapped.ExpiresIn)
	if err != nil {
		return nil, &Error{Kind: KindProtocol, Op: opGetKey, Err: err, Options: optionsOfTime(err)}
	}
	key, err := f.unwrapAny(wrapped)
	if err != nil {
		return nil, &Error{Kind: KindKey, Op: opGetKey, Err: fmt.Errorf("unwrapping content key: %w", err), Options: optionsOfKey(err)}
	}
	content, err := newCEK(key, issued, end, f.now())
	if err != nil {
		return nil, &Error{Kind: KindKey, Op: opGetKey, Err: err}
	}
	return content, nil
}

// unwrapAny opens the key with the certificates in force, and with those that lie there now before it gives up: the portal
// may know the new one before we have looked.
func (f *keyFetcher) unwrapAny(wrapped wrappedKey) ([]byte, error) {
	key, err := f.unwrap(wrapped.SecretKey, wrapped.PubKey)
	if err != nil && f.keys.again() {
		key, err = f.unwrap(wrapped.SecretKey, wrapped.PubKey)
	}
	return key, err
}
