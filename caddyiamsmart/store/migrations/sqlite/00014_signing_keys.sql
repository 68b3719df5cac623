-- +goose Up

-- Keys that sign assertions, sealed. The one that began last signs; one that has not
-- begun is published for verifiers to know, and one before stays so for a while.
CREATE TABLE signing_keys (
    realm     TEXT    NOT NULL CHECK (length(CAST(realm AS BLOB)) BETWEEN 1 AND 256),
    algorithm TEXT    NOT NULL CHECK (algorithm IN ('ES256', 'RS256')),
    id        TEXT    NOT NULL CHECK (length(id) = 43),
    sealed    BLOB    NOT NULL,
    begins    INTEGER NOT NULL,
    PRIMARY KEY (realm, algorithm, id)
) STRICT, WITHOUT ROWID;
