-- +goose Up

-- Requests of people who have no account yet. The form is what iAM Smart filled
-- in, sealed; it is kept until the request is decided and no longer. Lengths are
-- in bytes.
CREATE TABLE registrations (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id     TEXT    NOT NULL CHECK (length(CAST(client_id AS BLOB)) BETWEEN 1 AND 256),
    app           TEXT    NOT NULL CHECK (length(CAST(app AS BLOB)) BETWEEN 1 AND 256),
    person        BLOB    NOT NULL CHECK (length(person) = 32),
    user_type     TEXT    NOT NULL CHECK (length(CAST(user_type AS BLOB)) <= 64),
    last_modified INTEGER NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('open', 'approved', 'refused')),
    form          BLOB    CHECK (length(form) BETWEEN 1 AND 32768),
    created_at    INTEGER NOT NULL,
    expires       INTEGER NOT NULL,
    decided_at    INTEGER,
    actor         TEXT    NOT NULL CHECK (length(CAST(actor AS BLOB)) <= 256),
    note          TEXT    NOT NULL CHECK (length(CAST(note AS BLOB)) <= 2048),
    account_name  TEXT    NOT NULL CHECK (length(CAST(account_name AS BLOB)) <= 1024),
    seal          BLOB    CHECK (length(seal) = 32),
    CHECK (CASE state WHEN 'open' THEN decided_at IS NULL ELSE decided_at IS NOT NULL AND form IS NULL AND actor <> '' END)
) STRICT;

CREATE UNIQUE INDEX registrations_open ON registrations (client_id, app, person) WHERE state = 'open';

CREATE INDEX registrations_person ON registrations (client_id, app, person);

CREATE INDEX registrations_expires ON registrations (expires);
