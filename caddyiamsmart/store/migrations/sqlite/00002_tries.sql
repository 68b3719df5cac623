-- +goose Up

-- Tries at a password that were wrong, or are under way. One try has a row for
-- each whom it is counted for, all under its id. A subject is a keyed hash:
-- people type passwords into the field for the name.
CREATE TABLE tries (
    id        BLOB    NOT NULL CHECK (length(id) = 32),
    scope     TEXT    NOT NULL CHECK (scope IN ('account', 'person', 'address')),
    client_id TEXT    NOT NULL CHECK (client_id <> ''),
    app       TEXT    NOT NULL CHECK (app <> ''),
    subject   BLOB    NOT NULL CHECK (length(subject) = 32),
    tried_at  INTEGER NOT NULL,
    PRIMARY KEY (id, scope)
) STRICT, WITHOUT ROWID;

CREATE INDEX tries_subject ON tries (client_id, app, scope, subject, tried_at);

CREATE INDEX tries_tried_at ON tries (tried_at);
