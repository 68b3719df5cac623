-- +goose Up

-- What iAM Smart was asked for in the name of a person, and has yet to answer by
-- a call of its own. The row bears a seal, and the answer is sealed. A row lives
-- until it expires, answered or not, so that an answer which is sent twice is
-- known again.
CREATE TABLE requests (
    id        BLOB    NOT NULL PRIMARY KEY,
    client_id TEXT    NOT NULL,
    app       TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    owner     BLOB    NOT NULL,
    state     BLOB    NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    seal      BLOB    NOT NULL,
    answered  INTEGER,
    answer    BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_expires ON requests (expires);

CREATE INDEX requests_owner ON requests (owner);

CREATE INDEX requests_kind ON requests (client_id, kind, expires);
