package caddyiamsmart

import "fmt"

// SeverStores closes every open store, so that whatever still asks one fails.
func SeverStores() error {
	var failed error
	n := 0
	engines.Range(func(_, v any) bool {
		n++
		failed = v.(*engine).rows.Close()
		return failed == nil
	})
	if n == 0 {
		return fmt.Errorf("no store is open")
	}
	return failed
}
