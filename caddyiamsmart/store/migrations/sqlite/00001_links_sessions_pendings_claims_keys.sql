-- +goose Up

-- Ids are SHA-256 values of 32 bytes, times are milliseconds since 1970 UTC.

CREATE TABLE key_ring (
    purpose TEXT    NOT NULL,
    number  INTEGER NOT NULL CHECK (number > 0),
    sealed  BLOB    NOT NULL,
    PRIMARY KEY (purpose, number)
) STRICT;

CREATE TABLE claims (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX claims_expires ON claims (expires);

-- AUTOINCREMENT, so that the id of a deleted link never names another one.
CREATE TABLE links (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id     TEXT    NOT NULL CHECK (client_id <> ''),
    app           TEXT    NOT NULL CHECK (app <> ''),
    person        BLOB    NOT NULL CHECK (length(person) = 32),
    slot          INTEGER NOT NULL CHECK (slot >= 0),
    account_name  TEXT    NOT NULL CHECK (account_name <> ''),
    account_key   TEXT    NOT NULL CHECK (account_key <> ''),
    source        TEXT    NOT NULL,
    way           TEXT    NOT NULL,
    user_type     TEXT    NOT NULL,
    linked_at     INTEGER NOT NULL,
    last_modified INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX links_person ON links (client_id, app, person, slot);

CREATE UNIQUE INDEX links_account ON links (client_id, app, account_key);

CREATE TABLE sessions (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    client_id   TEXT    NOT NULL,
    app         TEXT    NOT NULL,
    host        TEXT    NOT NULL,
    link_id     INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    account     TEXT    NOT NULL CHECK (account <> ''),
    account_key TEXT    NOT NULL CHECK (account_key <> ''),
    way         TEXT    NOT NULL,
    user_type   TEXT    NOT NULL,
    person      BLOB    NOT NULL CHECK (length(person) = 32),
    login_at    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    ends        INTEGER NOT NULL,
    form_secret BLOB
) STRICT;

CREATE INDEX sessions_link ON sessions (link_id);

CREATE INDEX sessions_ends ON sessions (ends);

CREATE TABLE pendings (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    client_id          TEXT    NOT NULL CHECK (client_id <> ''),
    app                TEXT    NOT NULL CHECK (app <> ''),
    host               TEXT    NOT NULL,
    person             BLOB    NOT NULL CHECK (length(person) = 32),
    flow               BLOB    NOT NULL CHECK (length(flow) = 32),
    sealed             BLOB,
    user_type          TEXT    NOT NULL,
    last_modified      INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    expires            INTEGER NOT NULL,
    tries              INTEGER NOT NULL CHECK (tries >= 0),
    proof_id           BLOB    CHECK (length(proof_id) = 32),
    proof_account_name TEXT,
    proof_account_key  TEXT,
    proof_display_name TEXT,
    proof_source       TEXT,
    proof_way          TEXT,
    proof_at           INTEGER
) STRICT;

CREATE UNIQUE INDEX pendings_person ON pendings (client_id, app, person);

CREATE INDEX pendings_expires ON pendings (expires);
