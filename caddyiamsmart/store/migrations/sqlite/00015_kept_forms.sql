-- +goose Up

-- Sessions that have ended because nobody did anything, for as long as a form that
-- comes late is still taken for theirs.
CREATE TABLE idle_ends (
    session BLOB    NOT NULL PRIMARY KEY CHECK (length(session) = 32),
    link_id INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    host    TEXT    NOT NULL,
    account TEXT    NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idle_ends_link ON idle_ends (link_id);

CREATE INDEX idle_ends_expires ON idle_ends (expires);

-- Forms that came after the session had ended so, sealed: one for each session. They
-- go with the link.
CREATE TABLE kept_forms (
    session   BLOB    NOT NULL PRIMARY KEY CHECK (length(session) = 32),
    client_id TEXT    NOT NULL,
    app       TEXT    NOT NULL,
    host      TEXT    NOT NULL,
    link_id   INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    account   TEXT    NOT NULL,
    sealed    BLOB    NOT NULL,
    kept      INTEGER NOT NULL,
    expires   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX kept_forms_link ON kept_forms (link_id);

CREATE INDEX kept_forms_expires ON kept_forms (expires);

-- As with sessions: for a program that does not ask SQLite for foreign keys.
-- +goose StatementBegin
CREATE TRIGGER links_end_forms AFTER DELETE ON links BEGIN
    DELETE FROM kept_forms WHERE link_id = OLD.id;
    DELETE FROM idle_ends WHERE link_id = OLD.id;
END;
-- +goose StatementEnd
