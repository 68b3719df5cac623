-- +goose Up

-- The content key that iAM Smart gave to a client, for the next start and for
-- other processes of the same client. It is sealed by whoever speaks to iAM
-- Smart; nothing here can open it.
CREATE TABLE content_keys (
    client_id TEXT    NOT NULL PRIMARY KEY CHECK (client_id <> ''),
    sealed    BLOB    NOT NULL CHECK (length(sealed) BETWEEN 1 AND 4096),
    updated   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
