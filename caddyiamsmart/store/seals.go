package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"strconv"
	"time"
)

// Seal is a keyed hash over every field of a row, its id among them. Whoever can
// write to the database but has not the root key can make none: a row that they
// alter, or copy to another id, person, app or Client ID, does not fit its seal.
// An older row with its own seal fits, and so does a row that was deleted.
//
// The store keeps seals and leaves it to its callers to make and to check them.
// The zero Seal, which is what a row without one has, fits nothing.
type Seal [sha256.Size]byte

// Kinds of rows that are sealed: a seal of one kind fits no other.
const (
	linkRow      = "link"
	pendingRow   = "pending link-up"
	freshLinkRow = "fresh link"
	requestRow   = "request"
)

// SealOfLink makes the seal of a link, with the newest key of the ring; l.ID must
// be the id that the store gave.
func (k *Keys) SealOfLink(l Link) Seal { return k.seal(linkRow, l.sealed()) }

// LinkFits tells whether a link is what was sealed, with any key of the ring.
func (k *Keys) LinkFits(l Link) bool { return k.fits(l.Seal, linkRow, l.sealed()) }

// SealOfPending makes the seal of a pending link-up and of its proof.
func (k *Keys) SealOfPending(p Pending) Seal { return k.seal(pendingRow, p.sealed()) }

// PendingFits tells whether a pending link-up is what was sealed.
func (k *Keys) PendingFits(p Pending) bool { return k.fits(p.Seal, pendingRow, p.sealed()) }

// SealOfFreshLink makes the seal of a fresh link, which names its link by id; the
// link has a seal of its own.
func (k *Keys) SealOfFreshLink(f FreshLink) Seal { return k.seal(freshLinkRow, f.sealed()) }

// FreshLinkFits tells whether a fresh link is what was sealed.
func (k *Keys) FreshLinkFits(f FreshLink) bool { return k.fits(f.Seal, freshLinkRow, f.sealed()) }

// SealOfRequest makes the seal of a request, as it was asked.
func (k *Keys) SealOfRequest(r Request) Seal { return k.seal(requestRow, r.sealed()) }

// RequestFits tells whether a request is what was asked.
func (k *Keys) RequestFits(r Request) bool { return k.fits(r.Seal, requestRow, r.sealed()) }

func (k *Keys) seal(kind, row string) Seal { return sealWith(k.ring[0], kind, row) }

func (k *Keys) fits(s Seal, kind, row string) bool {
	fits := false
	for _, r := range k.ring {
		made := sealWith(r, kind, row)
		fits = made != (Seal{}) && hmac.Equal(s[:], made[:]) || fits
	}
	return fits
}

func sealWith(r ringRow, kind, row string) Seal {
	key, err := derive(r.key, sha256.Size, "row seal", kind)
	if err != nil {
		return Seal{} // cannot happen, all lengths are fixed; and it fits nothing
	}
	return Seal(mac(key, row))
}

// A link of an older version has none of the later fields, and keeps its seal.
func (l Link) sealed() string {
	fields := []string{number(l.ID), l.ClientID, l.App, string(l.Person[:]), number(int64(l.Slot)), l.AccountName, l.AccountKey,
		l.Source, l.Way, l.UserType, stamp(l.LinkedAt), stamp(l.LastModified)}
	if l.Seat != 0 || l.DisplayName != "" || l.Stamp != "" || l.Profile != "" || millis(l.ProvedAt) != millis(l.LinkedAt) {
		fields = append(fields, number(int64(l.Seat)), l.DisplayName, l.Stamp, stamp(l.ProvedAt), l.Profile)
	}
	return joined(fields...)
}

func (p Pending) sealed() string {
	fields := []string{string(p.ID[:]), p.ClientID, p.App, p.Host, string(p.Person[:]), string(p.Flow[:]), string(p.Sealed),
		p.UserType, stamp(p.LastModified), stamp(p.CreatedAt), stamp(p.Expires), number(int64(p.Tries)),
		stamp(p.ApprovedAt), number(p.Renews), p.Reason, number(int64(p.Refusals)), string(p.Profile)}
	if proof := p.Proof; proof != nil {
		fields = append(fields, string(proof.ID[:]), proof.AccountName, proof.AccountKey, proof.DisplayName,
			proof.Source, proof.Way, stamp(proof.At), proof.Stamp, string(proof.Code[:]))
	}
	return joined(fields...)
}

func (f FreshLink) sealed() string {
	return joined(string(f.Session[:]), number(f.Link.ID), string(f.Sealed), stamp(f.Expires))
}

// sealed leaves the answer out: it comes later, and is sealed by its own labels.
func (r Request) sealed() string {
	return joined(string(r.ID[:]), r.ClientID, r.App, r.Kind, string(r.Owner[:]), string(r.State[:]), stamp(r.CreatedAt), stamp(r.ExpiresAt))
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// stamp is a time as it lies in the row.
func stamp(t time.Time) string { return number(millis(t)) }
