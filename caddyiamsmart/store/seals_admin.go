package store

import "crypto/sha256"

// Kinds of rows that are sealed; see seals.go.
const (
	auditRow        = "audit"
	linkCodeRow     = "link code"
	registrationRow = "registration"
	expectedLinkRow = "expected link"
)

func (k *Keys) sealOfAudit(a Audit) Seal { return k.seal(auditRow, a.sealed()) }

// AuditFits tells whether a row of the audit trail is what was stored. That none is
// missing beside it VerifyAudit says.
func (k *Keys) AuditFits(a Audit) bool { return k.fits(a.Seal, auditRow, a.sealed()) }

// SealOfLinkCode makes the seal of a link code.
func (k *Keys) SealOfLinkCode(c LinkCode) Seal { return k.seal(linkCodeRow, c.sealed()) }

// LinkCodeFits tells whether a link code is what was sealed.
func (k *Keys) LinkCodeFits(c LinkCode) bool { return k.fits(c.Seal, linkCodeRow, c.sealed()) }

func (k *Keys) sealOfRegistration(r Registration) Seal { return k.seal(registrationRow, r.sealed()) }

// RegistrationFits tells whether a registration is what was put or saved.
func (k *Keys) RegistrationFits(r Registration) bool {
	return k.fits(r.Seal, registrationRow, r.sealed())
}

// SealOfExpectedLink makes the seal of an expected link.
func (k *Keys) SealOfExpectedLink(e ExpectedLink) Seal { return k.seal(expectedLinkRow, e.sealed()) }

// ExpectedLinkFits tells whether an expected link is what was sealed.
func (k *Keys) ExpectedLinkFits(e ExpectedLink) bool {
	return k.fits(e.Seal, expectedLinkRow, e.sealed())
}

// CodeHash is under which a store knows a link code, which the caller has folded.
// Its key stays when the ring turns, and the same code of another app or Client ID
// has nothing in common with it.
func (k *Keys) CodeHash(clientID, app, code string) ID {
	return ID(mac(k.subject, joined(linkCodeRow, clientID, app, code))) // no Scope is called so
}

func (a Audit) sealed() string {
	return joined(number(a.Number), stamp(a.At), a.ClientID, a.App, a.Event, a.Person, a.Account, a.Source, a.Way, a.Actor,
		a.Detail, a.Ref, stamp(a.KeepUntil), stamp(a.OlderUntil), string(a.Before[:]))
}

func (c LinkCode) sealed() string {
	return joined(string(c.ID[:]), c.ClientID, c.App, c.AccountName, c.AccountKey, c.Source, c.DisplayName,
		stamp(c.CreatedAt), stamp(c.Expires), c.Actor)
}

func (r Registration) sealed() string {
	form := sha256.Sum256(r.Form)
	return joined(number(r.Number), r.ClientID, r.App, string(r.Person[:]), r.UserType, stamp(r.LastModified), string(r.State),
		string(form[:]), stamp(r.CreatedAt), stamp(r.Expires), stamp(r.DecidedAt), r.Actor, r.Note, r.AccountName)
}

func (e ExpectedLink) sealed() string {
	return joined(e.ClientID, e.App, string(e.HKICHash[:]), e.AccountName, e.AccountKey, e.Source, e.DisplayName,
		stamp(e.ImportedAt), stamp(e.Expires), e.Actor)
}
