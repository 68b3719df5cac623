package store

// The statements of what administrators look at and decide; see queries.go.

const (
	auditColumns = `number, at, client_id, app, event, person, account, source, way, actor, detail, ref, keep_until, older_until, before, seal`

	selectNextAudit = `SELECT number FROM audit_next`
	selectLastAudit = `SELECT number, keep_until, older_until, seal FROM audit ORDER BY number DESC LIMIT 1`
	insertAudit     = `INSERT INTO audit (` + auditColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	// selectAudit is followed by what AuditQuery.where makes.
	selectAudit = `SELECT ` + auditColumns + ` FROM audit`
	// The time of the caller and that of the database must both have come.
	sweepAudit = `DELETE FROM audit WHERE number IN (SELECT number FROM audit_past WHERE number < (SELECT coalesce(
		(SELECT number FROM audit WHERE keep_until > $1 ORDER BY number LIMIT 1), (SELECT max(number) FROM audit))) ORDER BY number LIMIT $2)`
)

const (
	linkCodeColumns = `id, client_id, app, account_name, account_key, source, display_name, created_at, expires, actor, seal`

	selectLinkCode  = `SELECT ` + linkCodeColumns + ` FROM link_codes WHERE id = $1 AND expires > $2`
	selectLinkCodes = `SELECT ` + linkCodeColumns + ` FROM link_codes WHERE client_id = $1 AND app = $2
		ORDER BY account_key LIMIT $3`
	insertLinkCode = `INSERT INTO link_codes (` + linkCodeColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	deleteLinkCode          = `DELETE FROM link_codes WHERE id = $1`
	deleteLinkCodeOfAccount = `DELETE FROM link_codes WHERE client_id = $1 AND app = $2 AND account_key = $3`
	sweepLinkCodes          = `DELETE FROM link_codes WHERE id IN (SELECT id FROM link_codes WHERE expires <= $1 LIMIT $2)`
)

const (
	registrationColumns = `number, client_id, app, person, user_type, last_modified, state, form, created_at, expires,
		decided_at, actor, note, account_name, seal`

	selectRegistration         = `SELECT ` + registrationColumns + ` FROM registrations WHERE number = $1`
	selectRegistrationOfPerson = `SELECT ` + registrationColumns + ` FROM registrations
		WHERE number = (SELECT max(number) FROM registrations WHERE client_id = $1 AND app = $2 AND person = $3 AND expires > $4)`
	selectRegistrations = `SELECT ` + registrationColumns + ` FROM registrations
		WHERE client_id = $1 AND app = $2 AND ($3 = '' OR state = $3) AND number > $4 ORDER BY number LIMIT $5`
	insertRegistration = `INSERT INTO registrations (client_id, app, person, user_type, last_modified, state, form, created_at, expires,
		actor, note, account_name) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING number`
	sealRegistration = `UPDATE registrations SET seal = $1 WHERE number = $2`
	saveRegistration = `UPDATE registrations SET state = $1, form = $2, expires = $3, decided_at = $4, actor = $5, note = $6,
		account_name = $7, seal = $8 WHERE number = $9 AND state = 'open'`
	// An open one that has expired stands in nobody's way.
	deleteExpiredRegistration = `DELETE FROM registrations
		WHERE client_id = $1 AND app = $2 AND person = $3 AND state = 'open' AND expires <= $4`
	sweepRegistrations = `DELETE FROM registrations
		WHERE number IN (SELECT number FROM registrations WHERE expires <= $1 LIMIT $2)`
)

const (
	expectedLinkColumns = `client_id, app, hkic_hash, account_name, account_key, source, display_name, imported_at, expires, actor, seal`

	selectExpectedLink = `SELECT ` + expectedLinkColumns + ` FROM expected_links
		WHERE client_id = $1 AND app = $2 AND hkic_hash = $3 AND expires > $4`
	selectExpectedLinks = `SELECT ` + expectedLinkColumns + ` FROM expected_links
		WHERE client_id = $1 AND app = $2 AND account_key > $3 AND expires > $4 ORDER BY account_key LIMIT $5`
	countExpectedLinks = `SELECT count(*) FROM expected_links WHERE client_id = $1 AND app = $2 AND expires > $3`
	insertExpectedLink = `INSERT INTO expected_links (` + expectedLinkColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`
	updateExpectedLink = `UPDATE expected_links SET account_name = $4, source = $6, display_name = $7, imported_at = $8,
		expires = $9, actor = $10, seal = $11 WHERE client_id = $1 AND app = $2 AND hkic_hash = $3 AND account_key = $5`
	deleteExpectedLink   = `DELETE FROM expected_links WHERE client_id = $1 AND app = $2 AND hkic_hash = $3`
	deleteExpectedLinkOf = `DELETE FROM expected_links WHERE client_id = $1 AND app = $2 AND account_key = $3 AND expires > $4`
	// Those that have expired stand in nobody's way.
	deleteExpiredExpectedLinks = `DELETE FROM expected_links
		WHERE client_id = $1 AND app = $2 AND (hkic_hash = $3 OR account_key = $4) AND expires <= $5`
	sweepExpectedLinks = `DELETE FROM expected_links WHERE (client_id, app, hkic_hash) IN
		(SELECT client_id, app, hkic_hash FROM expected_links WHERE expires <= $1 LIMIT $2)`
)

const (
	selectTriesByHash = `SELECT subject, tried_at FROM tries WHERE client_id = $1 AND app = $2 AND scope = $3
		ORDER BY subject DESC, tried_at DESC`
	deleteTriesOf = `DELETE FROM tries WHERE client_id = $1 AND app = $2 AND scope = $3 AND subject = $4`
)
