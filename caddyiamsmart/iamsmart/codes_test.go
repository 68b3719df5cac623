package iamsmart_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Every number that is known, and what a caller does about it.
var knownCodes = map[iamsmart.Kind][]int{
	iamsmart.KindUnavailable: {1, 20000, 99990, 99991},
	iamsmart.KindConfig: {
		20001, 20002, 20003, 20005, 20006, 20007, 20008, 20013, 20026, 10001, 99992,
	},
	iamsmart.KindScope:        {20012, 20015},
	iamsmart.KindExpiredToken: {20009},
	iamsmart.KindGone:         {20010},
	iamsmart.KindKey:          {20022, 30001, 30002, 30003, 30004},
	iamsmart.KindExpiredCode:  {40004},
	iamsmart.KindDenied:       {40000, 40001, 50001, 60000, 60001, 70000, 70001, 71000, 71001, 80001},
	iamsmart.KindTimedOut:     {40003, 50003, 60003, 70003, 71003, 80003},
	iamsmart.KindFailed: {
		20004, 20011, 20027, 40002, 50002, 60002, 70002, 70006, 71002, 71004, 71005, 71006, 71007, 71008, 71009,
		77000, 77001, 77002, 77003, 77004, 80002,
	},
	iamsmart.KindNotAllowed: {70004},
	iamsmart.KindMismatch:   {40035, 70005},
}

// Each code is of its kind whatever its letter, and has a hint of its own; a number that nobody knows is a plain failure.
func TestEveryCode(t *testing.T) {
	server := newSmart(t)
	client := server.client(t)
	ask := func(letter string, number int) *iamsmart.Error {
		server.getToken = says(fmt.Sprintf("%s%05d", letter, number), "")
		_, err := client.GetToken(context.Background(), aCode)
		failure := asError(t, err)
		want(t, "number", failure.Number, number)
		return failure
	}
	count := 0
	for kind, numbers := range knownCodes {
		for _, number := range numbers {
			for _, letter := range []string{"D", "M", "S"} {
				failure := ask(letter, number)
				want(t, fmt.Sprint("kind of ", letter, number), failure.Kind, kind)
				if strings.Contains(failure.Error(), "without known meaning") || failure.Kind.String() == "unknown" {
					t.Errorf("%d has no hint, or its kind no name: %v", number, failure)
				}
			}
			count++
		}
	}
	want(t, "codes", count, iamsmart.KnownCodes())
	for _, number := range []int{2, 20016, 40005, 50000, 55555, 80000, 99999} {
		failure := ask("D", number)
		want(t, "kind of an unknown number", failure.Kind, iamsmart.KindFailed)
		if !strings.Contains(failure.Error(), "without known meaning") {
			t.Errorf("%d: %v", number, failure)
		}
	}
}
