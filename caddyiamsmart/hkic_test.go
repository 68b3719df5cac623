package caddyiamsmart_test

import (
	"math/rand/v2"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given numbers of all kinds, when the home's side and iAM Smart's side bring
// them into canonical form, then both say the same: a number that only one of
// them knows finds nobody.
func TestBothSidesKnowTheSameHKIC(t *testing.T) {
	parts := []rune("AaZzＡｚ0189０９（）()[] \t　-/陳")
	random := rand.New(rand.NewPCG(1, 2))
	same := 0
	for range 200_000 {
		number := make([]rune, 6+random.IntN(7))
		for i := range number {
			number[i] = parts[random.IntN(len(parts))]
			if i > 1 && i < 8 && random.IntN(9) > 0 {
				number[i] = rune('0' + random.IntN(10))
			}
		}
		want, got := iamsmart.CanonicalHKIC(string(number)), accounts.CanonicalHKIC(string(number))
		if got != want {
			t.Fatalf("%q: the records' side has %q, iAM Smart's %q", string(number), got, want)
		}
		if len(want) >= 7 && want[0] >= 'A' && want[0] <= 'Z' && want[len(want)-1] <= 'A' {
			same++
		}
	}
	if same < 1000 {
		t.Errorf("only %d of the numbers looked like one", same)
	}
}
