-- +goose Up

-- Links that a home wants its people to have: whoever comes with the HKIC number
-- gets the account. The number stands here as a keyed hash only. Lengths are in
-- bytes.
CREATE TABLE expected_links (
    client_id    TEXT    NOT NULL CHECK (length(CAST(client_id AS BLOB)) BETWEEN 1 AND 256),
    app          TEXT    NOT NULL CHECK (length(CAST(app AS BLOB)) BETWEEN 1 AND 256),
    hkic_hash    BLOB    NOT NULL CHECK (length(hkic_hash) = 32),
    account_name TEXT    NOT NULL CHECK (length(CAST(account_name AS BLOB)) BETWEEN 1 AND 1024),
    account_key  TEXT    NOT NULL CHECK (length(CAST(account_key AS BLOB)) BETWEEN 1 AND 1024),
    source       TEXT    NOT NULL CHECK (length(CAST(source AS BLOB)) <= 256),
    display_name TEXT    NOT NULL CHECK (length(CAST(display_name AS BLOB)) <= 1024),
    imported_at  INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    actor        TEXT    NOT NULL CHECK (length(CAST(actor AS BLOB)) BETWEEN 1 AND 256),
    seal         BLOB    NOT NULL CHECK (length(seal) = 32),
    PRIMARY KEY (client_id, app, hkic_hash)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX expected_links_account ON expected_links (client_id, app, account_key);

CREATE INDEX expected_links_expires ON expected_links (expires);
