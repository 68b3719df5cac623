-- +goose Up

-- The login that a session came from: the id of the first session of that login. A
-- step-up gives a session a new id; what is bound to the login stays bound.
ALTER TABLE sessions ADD COLUMN login BLOB NOT NULL DEFAULT x'';

UPDATE sessions SET login = id;

CREATE INDEX sessions_login ON sessions (login);

-- When the person last showed themselves in a step-up, or 0.
ALTER TABLE sessions ADD COLUMN stepped_up INTEGER NOT NULL DEFAULT 0;

-- By what iAM Smart can be asked for a step-up, and the one that is under way,
-- sealed. The row goes with the session.
CREATE TABLE step_ups (
    session BLOB NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    sealed  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER step_ups_end AFTER DELETE ON sessions BEGIN
    DELETE FROM step_ups WHERE session = OLD.id;
    DELETE FROM requests WHERE owner = OLD.id;
END;
-- +goose StatementEnd
