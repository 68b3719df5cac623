package caddyiamsmart

import (
	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// hkicHasher makes the hashes under which lists know the numbers of identity
// cards. `caddy iamsmart hkic hash` makes the same with the root key alone.
func hkicHasher(keys *store.Keys) func(canonical string) string {
	return func(canonical string) string { return accounts.HKICHashText(keys.HKICHash(canonical)) }
}

// useHKICHasher gives the hasher to those sources that hold hashes of numbers.
func useHKICHasher(all sources, hasher func(canonical string) string) {
	for _, one := range all {
		if hashed, ok := one.checker.(accounts.HKICHashed); ok {
			hashed.UseHKICHasher(hasher)
		}
	}
}
