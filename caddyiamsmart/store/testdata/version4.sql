-- A store of version 4, the last one before rows had seals, as it was written by
-- the program of then: three links with their sessions, and one link-up with a
-- proof. Persons are "chan", "wong", "lee" and "au". The key ring is sealed by the
-- root key of the tests.
PRAGMA application_id = 1765887315;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-25 00:43:17');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-25 00:43:17');
INSERT INTO goose_db_version VALUES(3,2,1,'2026-11-25 00:43:17');
INSERT INTO goose_db_version VALUES(4,3,1,'2026-11-25 00:43:17');
INSERT INTO goose_db_version VALUES(5,4,1,'2026-11-25 00:43:17');
CREATE TABLE key_ring (
    purpose TEXT    NOT NULL,
    number  INTEGER NOT NULL CHECK (number > 0),
    sealed  BLOB    NOT NULL,
    PRIMARY KEY (purpose, number)
) STRICT;
INSERT INTO key_ring VALUES('ring',1,X'17ed85bb000a659a7c32a0cd2b2bc56dabae2bf691731358fe2d30d529ca5753714f18d456d336054f36a4072fa37f069005d97687d16ace6cb8a929');
INSERT INTO key_ring VALUES('look-up',1,X'565e736c531fbf6d84dc97b53f4894f116da7aa6ba80739baed340dcbc67ca349f5118bf81bde4342b114dda4afaf423f949072ffa3b15ee56993275');
CREATE TABLE claims (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE links (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id     TEXT    NOT NULL CHECK (client_id <> ''),
    app           TEXT    NOT NULL CHECK (app <> ''),
    person        BLOB    NOT NULL CHECK (length(person) = 32),
    slot          INTEGER NOT NULL CHECK (slot >= 0),
    account_name  TEXT    NOT NULL CHECK (account_name <> ''),
    account_key   TEXT    NOT NULL CHECK (account_key <> ''),
    source        TEXT    NOT NULL,
    way           TEXT    NOT NULL,
    user_type     TEXT    NOT NULL,
    linked_at     INTEGER NOT NULL,
    last_modified INTEGER NOT NULL
) STRICT;
INSERT INTO links VALUES(1,'client-one','default',X'970d18bc58db8a3e7eb978a8596849c78d1d4548db1728fe4e29a0dcb080e722',0,'chan.sm','name:chan.sm','form','password','sign',1795567397726,1700000000000);
INSERT INTO links VALUES(2,'client-one','default',X'6f4b6d4bfa1ecdb586ffa2c4d0698829f9417bf875cb4eb4c2b30fac0db9d716',0,'wong.ml','name:wong.ml','form','password','sign',1795567397726,1700000000000);
INSERT INTO links VALUES(3,'client-one','default',X'4903b1c72e7f40386f3a5d2bae0a83f6afbfd8ff72eea0cec97f158637248b27',0,'Pantry','key:0815','form','password','sign',1795567397726,1700000000000);
CREATE TABLE sessions (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    client_id   TEXT    NOT NULL,
    app         TEXT    NOT NULL,
    host        TEXT    NOT NULL,
    link_id     INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    account     TEXT    NOT NULL CHECK (account <> ''),
    account_key TEXT    NOT NULL CHECK (account_key <> ''),
    way         TEXT    NOT NULL,
    user_type   TEXT    NOT NULL,
    person      BLOB    NOT NULL CHECK (length(person) = 32),
    login_at    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    ends        INTEGER NOT NULL,
    form_secret BLOB
) STRICT;
INSERT INTO sessions VALUES(X'0701970000000000000000000000000000000000000000000000000000000000','client-one','default','localhost',1,'chan.sm','name:chan.sm','','',X'970d18bc58db8a3e7eb978a8596849c78d1d4548db1728fe4e29a0dcb080e722',1795567397726,1795567397726,1795567397726,1795570997726,NULL);
INSERT INTO sessions VALUES(X'07026f0000000000000000000000000000000000000000000000000000000000','client-one','default','localhost',2,'wong.ml','name:wong.ml','','',X'6f4b6d4bfa1ecdb586ffa2c4d0698829f9417bf875cb4eb4c2b30fac0db9d716',1795567397726,1795567397726,1795567397726,1795570997726,NULL);
INSERT INTO sessions VALUES(X'0703490000000000000000000000000000000000000000000000000000000000','client-one','default','localhost',3,'Pantry','key:0815','','',X'4903b1c72e7f40386f3a5d2bae0a83f6afbfd8ff72eea0cec97f158637248b27',1795567397726,1795567397726,1795567397726,1795570997726,NULL);
CREATE TABLE pendings (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    client_id          TEXT    NOT NULL CHECK (client_id <> ''),
    app                TEXT    NOT NULL CHECK (app <> ''),
    host               TEXT    NOT NULL,
    person             BLOB    NOT NULL CHECK (length(person) = 32),
    flow               BLOB    NOT NULL CHECK (length(flow) = 32),
    sealed             BLOB,
    user_type          TEXT    NOT NULL,
    last_modified      INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    expires            INTEGER NOT NULL,
    tries              INTEGER NOT NULL CHECK (tries >= 0),
    proof_id           BLOB    CHECK (length(proof_id) = 32),
    proof_account_name TEXT,
    proof_account_key  TEXT,
    proof_display_name TEXT,
    proof_source       TEXT,
    proof_way          TEXT,
    proof_at           INTEGER
) STRICT;
INSERT INTO pendings VALUES(X'bfc8b5efade8329987bee5e2fcea5df15e092b1bd7c218d83bff0c635f6de487','client-one','default','localhost',X'4cd105b22fc01ce486b0a6ea8b445a844a795e973bc2afb5110b5efd00c8a33d',X'0901000000000000000000000000000000000000000000000000000000000000',X'7365616c6564','sign',1700000000000,1795567397726,1795567697726,1,X'b45720715ff7a344f973a6d250d79174a942b54a5992ec87723f8e0a04cbecc7','au.wk','name:au.wk','','form','password',1795567397726);
CREATE TABLE tries (
    id        BLOB    NOT NULL CHECK (length(id) = 32),
    scope     TEXT    NOT NULL CHECK (scope IN ('account', 'person', 'address')),
    client_id TEXT    NOT NULL CHECK (client_id <> ''),
    app       TEXT    NOT NULL CHECK (app <> ''),
    subject   BLOB    NOT NULL CHECK (length(subject) = 32),
    tried_at  INTEGER NOT NULL,
    PRIMARY KEY (id, scope)
) STRICT, WITHOUT ROWID;
INSERT INTO tries VALUES(X'ec5f207fb8a3a46ff2842abb27c133b842d553a888f2b0e0d99dc308452c0efb','account','client-one','default',X'84412c9c5c62b00c08ba219c80d273f30c514525f8173a01bb5a446d74e727ba',1795567397726);
INSERT INTO tries VALUES(X'c0a3212aefa427f98b14dc3db2ee451e590f50207aa0e406788932c9aa0ab52e','account','client-one','default',X'ac411575cf2101ca6706eac117373912c16b2ce3af9a7763410489fae3378149',1795567397726);
INSERT INTO tries VALUES(X'4347661c11dd4441e579a6c229648aeb849e8a7b5cf3bfd4ce92d28eb49437cd','account','client-one','default',X'd8db3044051d358c77d50fc611c218fda16967cff953a5feeb3bc20b96af1ee7',1795567397726);
INSERT INTO tries VALUES(X'30379a788557a6415584a9915245be4d4874b39c94ff340bae9ce9fd5396cf3f','account','client-one','default',X'f9f4a4c1af1e1f5c3f9d372439fca0d17bc82c95a72f1bf3ec897c9a691f517c',1795567397726);
CREATE TABLE endings (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id     BLOB    NOT NULL,
    ends   INTEGER NOT NULL
) STRICT;
CREATE TABLE fresh_links (
    session BLOB    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    link_id INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    sealed  BLOB,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO fresh_links VALUES(X'0701970000000000000000000000000000000000000000000000000000000000',1,X'7365616c6564',1795567997726);
INSERT INTO fresh_links VALUES(X'07026f0000000000000000000000000000000000000000000000000000000000',2,X'7365616c6564',1795567997726);
INSERT INTO fresh_links VALUES(X'0703490000000000000000000000000000000000000000000000000000000000',3,X'7365616c6564',1795567997726);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',5);
INSERT INTO sqlite_sequence VALUES('links',3);
CREATE INDEX claims_expires ON claims (expires);
CREATE UNIQUE INDEX links_person ON links (client_id, app, person, slot);
CREATE UNIQUE INDEX links_account ON links (client_id, app, account_key);
CREATE INDEX sessions_link ON sessions (link_id);
CREATE INDEX sessions_ends ON sessions (ends);
CREATE UNIQUE INDEX pendings_person ON pendings (client_id, app, person);
CREATE INDEX pendings_expires ON pendings (expires);
CREATE INDEX tries_subject ON tries (client_id, app, scope, subject, tried_at);
CREATE INDEX tries_tried_at ON tries (tried_at);
CREATE INDEX endings_ends ON endings (ends);
CREATE TRIGGER sessions_end AFTER DELETE ON sessions BEGIN
    INSERT INTO endings (id, ends) VALUES (OLD.id, OLD.ends);
END;
CREATE TRIGGER links_end AFTER DELETE ON links BEGIN
    DELETE FROM sessions WHERE link_id = OLD.id;
END;
CREATE INDEX fresh_links_link ON fresh_links (link_id);
CREATE INDEX fresh_links_expires ON fresh_links (expires);
COMMIT;
