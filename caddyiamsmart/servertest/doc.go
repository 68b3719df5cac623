// Package servertest starts real servers for tests, each one private to its
// test: on a free loopback port, with files in a temporary folder, gone when
// the test ends. Only tests import it.
//
// A test whose server is not installed is skipped with the reason, so that
// `go test ./...` works on any machine. Where the environment variable
// IAMSMART_TEST_SERVERS is "required", it fails instead, so that no suite
// passes by skipping.
package servertest
