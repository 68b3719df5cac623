package store

// Every statement of the package, in SQL that SQLite and PostgreSQL read
// alike: numbered parameters, ON CONFLICT DO NOTHING instead of error codes,
// RETURNING instead of a driver's last id. What differs between databases (the
// tables, locks, error codes) is in migrations and in the file of the dialect.

const (
	insertClaim = `INSERT INTO claims (id, expires) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	sweepClaims = `DELETE FROM claims WHERE id IN (SELECT id FROM claims WHERE expires <= $1 LIMIT $2)`
)

const (
	linkColumns = `id, client_id, app, person, slot, account_name, account_key, source, way, user_type, linked_at, last_modified,
		seat, display_name, stamp, proved_at, profile, links.seal`

	// The rows are read by their ids, so that whose they are comes from the row
	// too: what stands in an index SQLite would take from there.
	selectLinksOfPerson = `SELECT ` + linkColumns + ` FROM links
		WHERE id IN (SELECT id FROM links WHERE client_id = $1 AND app = $2 AND person = $3) ORDER BY slot`
	selectLinksOfAccount = `SELECT ` + linkColumns + ` FROM links
		WHERE id IN (SELECT id FROM links WHERE client_id = $1 AND app = $2 AND account_key = $3) ORDER BY seat`
	selectLinkByID = `SELECT ` + linkColumns + ` FROM links WHERE id = $1`
	selectAllLinks = `SELECT ` + linkColumns + ` FROM links WHERE client_id = $1 AND app = $2 AND id > $3 ORDER BY id LIMIT $4`

	insertLink = `INSERT INTO links (client_id, app, person, slot, account_name, account_key, source, way, user_type, linked_at, last_modified,
		seat, display_name, stamp, proved_at, profile)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING RETURNING id`
	updateLink = `UPDATE links SET account_name = $1, display_name = $2, source = $3, way = $4, user_type = $5, stamp = $6,
		proved_at = $7, last_modified = $8, profile = $9, seal = $10 WHERE id = $11`
	// Only the links of before are without a seal, and those that somebody has
	// taken it from.
	selectUnsealed = `SELECT ` + linkColumns + ` FROM links WHERE id > $1 AND seal IS NULL ORDER BY id LIMIT $2`
	sealLink       = `UPDATE links SET seal = $1 WHERE id = $2`
	deleteLink     = `DELETE FROM links WHERE id = $1`

	selectPastOfOthers = `SELECT 1 FROM past_links WHERE client_id = $1 AND app = $2 AND account_key = $3 AND person <> $4 LIMIT 1`
	selectPast         = `SELECT 1 FROM past_links WHERE client_id = $1 AND app = $2 AND account_key = $3 AND person = $4`
	deletePast         = `DELETE FROM past_links WHERE client_id = $1 AND app = $2 AND account_key = $3 AND person = $4`
)

const (
	selectFreshLink = `SELECT ` + linkColumns + `, sealed, expires, fresh_links.seal FROM fresh_links JOIN links ON id = link_id
		WHERE session = $1 AND expires > $2`

	insertFreshLink = `INSERT INTO fresh_links (session, link_id, sealed, expires, seal) VALUES ($1, $2, $3, $4, $5)`
	sweepFreshLinks = `DELETE FROM fresh_links WHERE session IN (SELECT session FROM fresh_links WHERE expires <= $1 LIMIT $2)`
)

const (
	sessionColumns = `id, client_id, app, host, link_id, account, account_key, way, user_type, person, login_at, created_at, last_seen, ends, form_secret, login, stepped_up, open_id`

	selectSession     = `SELECT ` + sessionColumns + ` FROM sessions WHERE id = $1`
	selectSessionLink = `SELECT id FROM links WHERE id = $1 AND client_id = $2 AND app = $3 AND person = $4`

	insertSession = `INSERT INTO sessions (` + sessionColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	touchSession  = `UPDATE sessions SET last_seen = $1 WHERE id = $2 AND last_seen < $1`
	deleteSession = `DELETE FROM sessions WHERE id = $1`
	deleteLogin   = `DELETE FROM sessions WHERE login = (SELECT login FROM sessions WHERE id = $1)`

	shortenSession = `UPDATE sessions SET ends = $1 WHERE id = $2 AND ends > $1`
	selectStepUp   = `SELECT sealed FROM step_ups WHERE session = $1`
	putStepUp      = `INSERT OR REPLACE INTO step_ups (session, sealed) SELECT id, $2 FROM sessions WHERE id = $1`
	deleteStepUp   = `DELETE FROM step_ups WHERE session = $1`
	// By their links, which have an index of the person.
	deleteSessionsOfPerson = `DELETE FROM sessions
		WHERE link_id IN (SELECT id FROM links WHERE client_id = $1 AND app = $2 AND person = $3)`
	selectEndings = `SELECT number, id FROM endings WHERE number > $1 ORDER BY number LIMIT $2`
	sweepEndings  = `DELETE FROM endings WHERE number IN (SELECT number FROM endings WHERE ends <= $1 LIMIT $2)`
	sweepSessions = `DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ends <= $1 LIMIT $2)`
)

const (
	pendingColumns = `id, client_id, app, host, person, flow, sealed, user_type, last_modified, created_at, expires, tries,
		proof_id, proof_account_name, proof_account_key, proof_display_name, proof_source, proof_way, proof_at, proof_stamp,
		proof_code, approved_at, renews, reason, refusals, profile, seal`

	selectPending = `SELECT ` + pendingColumns + ` FROM pendings WHERE id = $1 AND expires > $2`

	selectPendingOfPerson = `SELECT ` + pendingColumns + ` FROM pendings
		WHERE client_id = $1 AND app = $2 AND person = $3 AND expires > $4`

	insertPending = `INSERT INTO pendings (` + pendingColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`
	updatePending = `UPDATE pendings SET expires = $1, tries = $2, sealed = $3, approved_at = $4, refusals = $5, profile = $6,
		proof_id = $7, proof_account_name = $8, proof_account_key = $9, proof_display_name = $10, proof_source = $11, proof_way = $12,
		proof_at = $13, proof_stamp = $14, proof_code = $15, seal = $16 WHERE id = $17`
	deletePending         = `DELETE FROM pendings WHERE id = $1`
	deletePendingOfPerson = `DELETE FROM pendings WHERE client_id = $1 AND app = $2 AND person = $3`
	sweepPendings         = `DELETE FROM pendings WHERE id IN (SELECT id FROM pendings WHERE expires <= $1 LIMIT $2)`
)

const (
	insertTry   = `INSERT INTO tries (id, scope, client_id, app, subject, tried_at) VALUES ($1, $2, $3, $4, $5, $6)`
	selectTries = `SELECT tried_at FROM tries WHERE client_id = $1 AND app = $2 AND scope = $3 AND subject = $4
		ORDER BY tried_at DESC LIMIT $5`
	countTries = `SELECT count(*) FROM (SELECT 1 FROM tries
		WHERE client_id = $1 AND app = $2 AND scope = $3 AND subject = $4 AND tried_at > $5 LIMIT $6) AS lately`
	deleteTry  = `DELETE FROM tries WHERE id = $1 AND scope = $2`
	sweepTries = `DELETE FROM tries WHERE (id, scope) IN (SELECT id, scope FROM tries WHERE tried_at <= $1 LIMIT $2)`
)

const (
	countRing     = `SELECT count(*) FROM key_ring`
	selectRing    = `SELECT purpose, number, sealed FROM key_ring ORDER BY number DESC`
	renameRingKey = `UPDATE key_ring SET purpose = $1, sealed = $2 WHERE purpose = $3 AND number = $4`
	insertRingKey = `INSERT INTO key_ring (purpose, number, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
)

const (
	requestColumns = `id, client_id, app, kind, owner, state, created, expires, seal`

	selectRequest  = `SELECT ` + requestColumns + `, answered, answer FROM requests WHERE id = $1 AND expires > $2`
	selectAnswered = `SELECT 1 FROM requests
		WHERE id = $1 AND client_id = $2 AND kind = $3 AND state = $4 AND expires > $5 AND answered IS NOT NULL`
	countAsked = `SELECT COUNT(*), COUNT(*) - COUNT(answered) FROM (SELECT answered FROM requests
		WHERE client_id = $1 AND kind = $2 AND expires > $3 ORDER BY answered IS NOT NULL LIMIT 1) AS one`

	insertRequest = `INSERT INTO requests (` + requestColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	answerRequest = `UPDATE requests SET answered = $6, answer = $7
		WHERE id = $1 AND client_id = $2 AND kind = $3 AND state = $4 AND expires > $5 AND answered IS NULL`
	deleteRequests = `DELETE FROM requests WHERE owner = $1`

	deleteRequestsOfPerson = `DELETE FROM requests WHERE owner IN
		(SELECT id FROM pendings WHERE client_id = $1 AND app = $2 AND person = $3)`
	sweepRequests = `DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE expires <= $1 LIMIT $2)`
)

const (
	selectContentKey = `SELECT client_id, sealed FROM content_keys WHERE client_id = $1`
	putContentKey    = `INSERT INTO content_keys (client_id, sealed, updated) VALUES ($1, $2, $3)
		ON CONFLICT (client_id) DO UPDATE SET sealed = excluded.sealed, updated = excluded.updated`
)

const (
	selectSigningKeys = `SELECT id, sealed, begins FROM signing_keys WHERE realm = $1 AND algorithm = $2 ORDER BY begins, id`
	insertSigningKey  = `INSERT INTO signing_keys (realm, algorithm, id, sealed, begins) VALUES ($1, $2, $3, $4, $5)`
	deleteSigningKey  = `DELETE FROM signing_keys WHERE realm = $1 AND algorithm = $2 AND id = $3`
)

const (
	insertIdleEnd = `INSERT OR REPLACE INTO idle_ends (session, link_id, host, account, expires)
		SELECT id, link_id, host, account, $2 FROM sessions WHERE id = $1`
	selectIdleEnd = `SELECT i.link_id, i.host, i.account, l.client_id, l.app, i.expires FROM idle_ends i JOIN links l ON l.id = i.link_id
		WHERE i.session = $1 AND i.expires > $2`
	sweepIdleEnds = `DELETE FROM idle_ends WHERE session IN (SELECT session FROM idle_ends WHERE expires <= $1 LIMIT $2)`

	keptFormColumns = `session, client_id, app, host, link_id, account, sealed, kept, expires`
	insertKeptForm  = `INSERT OR REPLACE INTO kept_forms (` + keptFormColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	countKeptForms  = `SELECT COUNT(*), COALESCE(SUM(length(sealed)), 0) FROM kept_forms WHERE client_id = $1 AND app = $2 AND session <> $3`
	selectKeptForm  = `SELECT ` + keptFormColumns + ` FROM kept_forms
		WHERE link_id = $1 AND host = $2 AND account = $3 AND expires > $4 ORDER BY kept DESC LIMIT 1`
	takeKeptForm = `DELETE FROM kept_forms WHERE session = $1 AND link_id = $2 AND host = $3 AND account = $4 AND expires > $5
		RETURNING ` + keptFormColumns
	sweepKeptForms = `DELETE FROM kept_forms WHERE session IN (SELECT session FROM kept_forms WHERE expires <= $1 LIMIT $2)`
)
