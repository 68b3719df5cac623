-- +goose Up

-- The openID of the person, sealed, where the operator has it sent to the application;
-- else NULL. It goes with the session.
ALTER TABLE sessions ADD COLUMN open_id BLOB;
