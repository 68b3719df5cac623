//go:build !race

package caddyiamsmart_test

// raceDetector tells that times mean nothing here.
const raceDetector = false
