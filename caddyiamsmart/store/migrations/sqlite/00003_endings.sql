-- +goose Up

-- Which sessions have ended, in the order in which they did: for gates that
-- remember a session and did not end it themselves. A row is of no use once the
-- session would have ended by itself.
CREATE TABLE endings (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id     BLOB    NOT NULL,
    ends   INTEGER NOT NULL
) STRICT;

CREATE INDEX endings_ends ON endings (ends);

-- +goose StatementBegin
CREATE TRIGGER sessions_end AFTER DELETE ON sessions BEGIN
    INSERT INTO endings (id, ends) VALUES (OLD.id, OLD.ends);
END;
-- +goose StatementEnd

-- Sessions end with their link for whoever deletes it: a program that does not
-- ask SQLite for foreign keys would leave them.
-- +goose StatementBegin
CREATE TRIGGER links_end AFTER DELETE ON links BEGIN
    DELETE FROM sessions WHERE link_id = OLD.id;
END;
-- +goose StatementEnd
