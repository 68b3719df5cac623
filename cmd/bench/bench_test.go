package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// Run as Caddy, the test's own program serves what is measured.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := serve(); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Given few requests, when every set-up is measured, then each answers as it must, and
// the table has them all.
func TestEverySetUpAnswersAsItMust(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("only Linux has /proc")
	}
	s := settings{rounds: 2, requests: 40, cookies: 30}
	b, err := start(t.Context(), t.TempDir(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer b.stop()
	table, err := b.measure(t.Context(), s, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range setups() {
		if !strings.Contains(table.String(), "| "+one.name+" |") {
			t.Errorf("%s is not in the table:\n%s", one.name, table)
		}
	}
	t.Run("and a wrong answer is seen", func(t *testing.T) {
		wrong := *b.list[1]
		wrong.told = "somebody else"
		if _, err := b.turn(t.Context(), &wrong, 10, 2); err == nil || !strings.Contains(err.Error(), `told "chan person"`) {
			t.Errorf("it says %v", err)
		}
		wrong = *b.list[0]
		wrong.status = 404
		if _, err := b.turn(t.Context(), &wrong, 10, 2); err == nil || !strings.Contains(err.Error(), "status 200, want 404") {
			t.Errorf("it says %v", err)
		}
	})
}

func TestTheIntervalHoldsTheMedian(t *testing.T) {
	// Numbers of the sign test, two-sided at 5 %.
	for n, want := range map[int]int{1: 0, 5: 0, 9: 1, 15: 3, 20: 5, 50: 17} {
		if got := outer(n); got != want {
			t.Errorf("of %d figures %d are left out, want %d", n, got, want)
		}
	}
	turns := func(costs ...int) (all []turn) {
		for _, c := range costs {
			all = append(all, turn{cost: time.Duration(c) * time.Microsecond})
		}
		return all
	}
	s := differences(turns(110, 120, 130, 140, 150, 160, 170, 180, 190), turns(100, 100, 100, 100, 100, 100, 100, 100, 100))
	if s.low != 20*time.Microsecond || s.middle != 50*time.Microsecond || s.high != 80*time.Microsecond {
		t.Errorf("the interval is %v", s)
	}
}

func TestProcessorTimeOfAnOddName(t *testing.T) {
	const stat = "42 (a ) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0"
	got, err := readProcessorTime(stat)
	if err != nil || got != 2*time.Second {
		t.Errorf("read %v, %v", got, err)
	}
	for _, broken := range []string{"", "42 (x) S 1", "42 (x) S 1 2 3 4 5 6 7 8 9 10 a b"} {
		if _, err := readProcessorTime(broken); err == nil {
			t.Errorf("%q is read", broken)
		}
	}
}
