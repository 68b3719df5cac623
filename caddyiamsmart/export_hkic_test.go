package caddyiamsmart

import "caddyiamsmart.example/caddyiamsmart/accounts"

// Finders are the sources of the gate that find accounts by number, as the gate
// has made them ready.
func (a Asker) Finders() (all []accounts.HKICFinder) {
	for _, one := range a.g.sources {
		if finder, ok := one.checker.(accounts.HKICFinder); ok {
			all = append(all, finder)
		}
	}
	return all
}
