-- +goose Up

-- Codes that an administrator hands out on paper: whoever has one, and has logged
-- in with iAM Smart, gets the account. An id is a keyed hash of the code. Lengths
-- are in bytes.
CREATE TABLE link_codes (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    client_id    TEXT    NOT NULL CHECK (length(CAST(client_id AS BLOB)) BETWEEN 1 AND 256),
    app          TEXT    NOT NULL CHECK (length(CAST(app AS BLOB)) BETWEEN 1 AND 256),
    account_name TEXT    NOT NULL CHECK (length(CAST(account_name AS BLOB)) BETWEEN 1 AND 1024),
    account_key  TEXT    NOT NULL CHECK (length(CAST(account_key AS BLOB)) BETWEEN 1 AND 1024),
    source       TEXT    NOT NULL CHECK (length(CAST(source AS BLOB)) <= 256),
    display_name TEXT    NOT NULL CHECK (length(CAST(display_name AS BLOB)) <= 1024),
    created_at   INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    actor        TEXT    NOT NULL CHECK (length(CAST(actor AS BLOB)) BETWEEN 1 AND 256),
    seal         BLOB    NOT NULL CHECK (length(seal) = 32)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX link_codes_account ON link_codes (client_id, app, account_key);

CREATE INDEX link_codes_expires ON link_codes (expires);
