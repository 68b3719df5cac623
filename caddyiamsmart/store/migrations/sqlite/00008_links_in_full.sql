-- +goose Up

-- seat: 0 unless several persons share the account. stamp: by what the account's
-- password was known when it was proven. A link of before was proven when it was
-- made; without any of the new values its seal is what it was.
ALTER TABLE links ADD COLUMN seat INTEGER NOT NULL DEFAULT 0 CHECK (seat >= 0);

ALTER TABLE links ADD COLUMN display_name TEXT NOT NULL DEFAULT '';

ALTER TABLE links ADD COLUMN stamp TEXT NOT NULL DEFAULT '';

ALTER TABLE links ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;

ALTER TABLE links ADD COLUMN profile BLOB;

UPDATE links SET proved_at = linked_at;

DROP INDEX links_account;

CREATE UNIQUE INDEX links_account ON links (client_id, app, account_key, seat);

-- Who had which account before. Whoever deletes a link leaves a row here: an
-- account that was somebody's goes to nobody else without the administrator.
CREATE TABLE past_links (
    client_id   TEXT    NOT NULL,
    app         TEXT    NOT NULL,
    account_key TEXT    NOT NULL,
    person      BLOB    NOT NULL CHECK (length(person) = 32),
    ended_at    INTEGER NOT NULL,
    PRIMARY KEY (client_id, app, account_key, person)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER links_past AFTER DELETE ON links BEGIN
    INSERT INTO past_links (client_id, app, account_key, person, ended_at)
    VALUES (OLD.client_id, OLD.app, OLD.account_key, OLD.person, CAST(unixepoch('subsec') * 1000 AS INTEGER))
    ON CONFLICT (client_id, app, account_key, person) DO UPDATE SET ended_at = excluded.ended_at;
END;
-- +goose StatementEnd

-- approved_at: when the person last showed themselves in iAM Smart. renews: the
-- link whose account is to be proven again, and why.
DELETE FROM pendings;

ALTER TABLE pendings ADD COLUMN approved_at INTEGER NOT NULL DEFAULT 0;

ALTER TABLE pendings ADD COLUMN renews INTEGER NOT NULL DEFAULT 0;

ALTER TABLE pendings ADD COLUMN reason TEXT NOT NULL DEFAULT '' CHECK (length(reason) <= 32);

ALTER TABLE pendings ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;

-- What iAM Smart said of the person, sealed; and the link code that is the proof.
ALTER TABLE pendings ADD COLUMN profile BLOB;

ALTER TABLE pendings ADD COLUMN proof_stamp TEXT;

ALTER TABLE pendings ADD COLUMN proof_code BLOB CHECK (length(proof_code) = 32);
