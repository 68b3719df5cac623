-- +goose Up

-- The audit trail: rows are added, never changed, and deleted only when the time
-- for which they must be kept is over. Each bears a keyed hash over its fields
-- and over the hash of the row before, so that what somebody changes who has
-- taken the triggers away is found (see VerifyAudit). Lengths are in bytes.
CREATE TABLE audit (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    client_id   TEXT    NOT NULL CHECK (length(CAST(client_id AS BLOB)) BETWEEN 1 AND 256),
    app         TEXT    NOT NULL CHECK (length(CAST(app AS BLOB)) BETWEEN 1 AND 256),
    event       TEXT    NOT NULL CHECK (length(CAST(event AS BLOB)) BETWEEN 1 AND 64),
    person      TEXT    NOT NULL CHECK (length(CAST(person AS BLOB)) <= 64),
    account     TEXT    NOT NULL CHECK (length(CAST(account AS BLOB)) <= 1024),
    source      TEXT    NOT NULL CHECK (length(CAST(source AS BLOB)) <= 256),
    way         TEXT    NOT NULL CHECK (length(CAST(way AS BLOB)) <= 64),
    actor       TEXT    NOT NULL CHECK (length(CAST(actor AS BLOB)) BETWEEN 1 AND 256),
    detail      TEXT    NOT NULL CHECK (length(CAST(detail AS BLOB)) <= 1024),
    ref         TEXT    NOT NULL CHECK (length(CAST(ref AS BLOB)) <= 128),
    keep_until  INTEGER NOT NULL,
    older_until INTEGER NOT NULL,
    before      BLOB    NOT NULL CHECK (length(before) = 32),
    seal        BLOB    NOT NULL CHECK (length(seal) = 32)
) STRICT;

CREATE INDEX audit_person ON audit (client_id, app, person);

CREATE INDEX audit_account ON audit (client_id, app, account);

-- What is next: a number that was never given, also where the newest rows are gone.
CREATE VIEW audit_next AS
    SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0) + 1 AS number;

-- The oldest rows that may go, as far as the first one that must stay. The newest
-- stays always, so that the chain of hashes goes on from it.
CREATE VIEW audit_past AS
    SELECT number, keep_until FROM audit
    WHERE number < (SELECT coalesce(
        (SELECT number FROM audit WHERE keep_until > CAST(strftime('%s', 'now') AS INTEGER) * 1000 ORDER BY number LIMIT 1),
        (SELECT max(number) FROM audit)));

-- +goose StatementBegin
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit trail is not changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
WHEN OLD.keep_until > CAST(strftime('%s', 'now') AS INTEGER) * 1000 BEGIN
    SELECT RAISE(ABORT, 'this row of the audit trail must be kept still');
END;
-- +goose StatementEnd

-- INSERT OR REPLACE deletes without asking the trigger above.
-- +goose StatementBegin
CREATE TRIGGER audit_added BEFORE INSERT ON audit
WHEN NEW.number IS NOT (SELECT number FROM audit_next) BEGIN
    SELECT RAISE(ABORT, 'rows are added at the end of the audit trail');
END;
-- +goose StatementEnd
