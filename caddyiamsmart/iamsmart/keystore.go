package iamsmart

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// KeyStore keeps the content key of one client beyond the process: for the next start, and for other processes that speak
// for the same Client ID. iAM Smart gives the same key until it ends and wants to be asked once.
//
// It is given sealed bytes, at most 1 KiB, which nobody without the sealing key can open or change unnoticed; so it need
// keep no secret. It may lose them, or give back older ones: that costs one getKey. Both methods must be safe for use by many
// goroutines and return soon after ctx has ended. Their errors go to [Config].Report and must hold no secret; no call waits
// for more than a second on a KeyStore, or fails because of one.
type KeyStore interface {
	// Load gives what was last saved by any process, nil with no error where nothing was.
	Load(ctx context.Context) ([]byte, error)
	// Save puts sealed in the place of what was saved before, whole or not at all.
	Save(ctx context.Context, sealed []byte) error
}

const (
	sealingKeyLength = 32
	loadLimit        = time.Second
	saveLimit        = 5 * time.Second
	maxKept          = 1 << 10 // bytes
)

// errKept is what is reported of a stored key that is passed over.
var errKept = errors.New("it does not open with the sealing key, for this Client ID and API base; it is passed over and will be replaced")

// KeepKey has the client keep its content key in store from now on; call it before the first call, so that a restart does not
// cost a getKey. Each sealing key is 32 random bytes, newest first: the first seals, all open. They must be for this purpose
// alone.
func (c *Client) KeepKey(store KeyStore, sealingKeys [][]byte) error {
	if store == nil || len(sealingKeys) == 0 {
		return errors.New("keeping content key: a store and a sealing key are needed")
	}
	k := &keeper{store: store, place: placeOf(c.clientID, c.caller.base), report: c.report}
	for _, key := range sealingKeys {
		if len(key) != sealingKeyLength {
			return errors.New("keeping content key: a sealing key is not of 32 bytes")
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return fmt.Errorf("keeping content key: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return fmt.Errorf("keeping content key: %w", err)
		}
		k.aeads = append(k.aeads, aead)
	}
	c.ceks.mu.Lock()
	defer c.ceks.mu.Unlock()
	c.ceks.keeper = k
	return nil
}

// placeOf binds sealed bytes to their purpose, client and environment. Each part's length stands before it, so that no two
// lists are the same bytes.
func placeOf(clientID, apiBase string) []byte {
	var place []byte
	for _, part := range []string{"iAM Smart content key, form 1", clientID, apiBase} {
		place = binary.BigEndian.AppendUint32(place, uint32(len(part)))
		place = append(place, part...)
	}
	return place
}

// keeper seals for a KeyStore. The nil keeper holds nothing.
type keeper struct {
	store  KeyStore
	aeads  []cipher.AEAD // the first seals, all open
	place  []byte
	report func(error)
}

// keptKey is what is sealed: the key in use, and the one before it if it is still needed. Times in milliseconds since 1970.
type keptKey struct {
	Key     []byte `json:"key"`
	Issued  int64  `json:"issued"`
	Ends    int64  `json:"ends"`
	RenewAt int64  `json:"renewAt"`
	Before  []byte `json:"before,omitempty"`
	Until   int64  `json:"until,omitempty"` // of Before
}

// load gives the stored key, unless there is none or its time is up. What is damaged, or sealed for somebody else, is
// reported.
func (k *keeper) load(ctx context.Context, now time.Time) (renewal, bool) {
	if k == nil {
		return renewal{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	sealed, err := k.store.Load(ctx)
	if err == nil && len(sealed) == 0 {
		return renewal{}, false
	}
	var stored renewal
	if err == nil {
		stored, err = k.open(sealed, now)
	}
	if err != nil {
		k.report(fmt.Errorf("reading stored content key: %w", err))
		return renewal{}, false
	}
	return stored, now.Before(stored.renewAt)
}

func (k *keeper) open(sealed []byte, now time.Time) (renewal, error) {
	if len(sealed) > maxKept {
		return renewal{}, errKept
	}
	for _, aead := range k.aeads {
		plain, err := aead.Open(nil, nil, sealed, k.place)
		if err != nil {
			continue
		}
		var kept keptKey
		if json.Unmarshal(plain, &kept) != nil {
			return renewal{}, errKept
		}
		return kept.renewal(now)
	}
	return renewal{}, errKept
}

// renewal reads the times no further ahead than they can have been written: this machine's clock may have been set back.
func (kept keptKey) renewal(now time.Time) (renewal, error) {
	key, err := newCEK(kept.Key, time.UnixMilli(kept.Issued), time.UnixMilli(kept.Ends), now)
	if err != nil {
		return renewal{}, errKept
	}
	key.fetched = false
	key.renewAt = earliest(time.UnixMilli(kept.RenewAt), key.ends, now.Add(maxKeyAge))
	stored := renewal{cek: key}
	if until := earliest(time.UnixMilli(kept.Until), now.Add(keptPrevious)); now.Before(until) {
		if before, err := newSealing(kept.Before); err == nil {
			stored.before, stored.until = &cek{sealing: before, key: kept.Before}, until
		}
	}
	return stored, nil
}

func earliest(first time.Time, others ...time.Time) time.Time {
	for _, other := range others {
		if other.Before(first) {
			first = other
		}
	}
	return first
}

// wipe puts a key into the store that has ended, so that nobody begins with the one that lay there.
func (c *cekCache) wipe() {
	c.mu.Lock()
	keeper := c.keeper
	c.mu.Unlock()
	past := c.now().Add(-time.Hour)
	over, err := newCEK(make([]byte, cekLength), past, past, past)
	if err == nil && keeper != nil {
		keeper.save(renewal{cek: over})
	}
}

func (k *keeper) save(keys renewal) {
	kept := keptKey{
		Key: keys.key, Issued: keys.issued.UnixMilli(), Ends: keys.ends.UnixMilli(), RenewAt: keys.renewAt.UnixMilli(),
	}
	if keys.before != nil {
		kept.Before, kept.Until = keys.before.key, keys.until.UnixMilli()
	}
	plain, err := json.Marshal(kept)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), saveLimit)
		defer cancel()
		err = k.store.Save(ctx, k.aeads[0].Seal(nil, nil, plain, k.place))
	}
	if err != nil {
		k.report(fmt.Errorf("storing content key: %w", err))
	}
}
