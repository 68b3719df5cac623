-- +goose Up

-- A link that was made a moment ago: the session that made it may undo it until
-- the row expires. The row goes with the session and with the link.
CREATE TABLE fresh_links (
    session BLOB    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    link_id INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    sealed  BLOB,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX fresh_links_link ON fresh_links (link_id);

CREATE INDEX fresh_links_expires ON fresh_links (expires);
