-- +goose Up

-- A seal is a keyed hash over every field of its row. Links made before are
-- sealed once, at the next start (see SealOldLinks). Link-ups under way and the
-- right to undo a link last for minutes: they end here instead.
ALTER TABLE links ADD COLUMN seal BLOB CHECK (length(seal) = 32);

DELETE FROM pendings;

ALTER TABLE pendings ADD COLUMN seal BLOB CHECK (length(seal) = 32);

DELETE FROM fresh_links;

ALTER TABLE fresh_links ADD COLUMN seal BLOB CHECK (length(seal) = 32);
