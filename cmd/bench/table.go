package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// turn is what was measured of a set-up in a round.
type turn struct {
	cost      time.Duration // of the processor, per request
	perSecond float64
	p50, p99  time.Duration
}

type row struct {
	name  string
	turns []turn
}

type table struct{ rows []row }

// span is a median with the interval that holds it with 95 %, if the rounds are
// independent: by order statistics, which ask nothing of how the figures are spread.
type span struct{ low, middle, high time.Duration }

// over is what a set-up costs over the plain proxy, within each round.
func (t table) over(name string) (span, bool) {
	for _, r := range t.rows[1:] {
		if r.name == name {
			return differences(r.turns, t.rows[0].turns), true
		}
	}
	return span{}, false
}

func differences(of, plain []turn) span {
	var all []time.Duration
	for i := range of {
		all = append(all, of[i].cost-plain[i].cost)
	}
	slices.Sort(all)
	k := outer(len(all))
	return span{all[k], median(all), all[len(all)-1-k]}
}

// outer is how many of n sorted figures may be left out at each end, so that the median
// lies within the others with 95 %; 0 where n is too small to leave any out.
func outer(n int) int {
	// The number of figures below the median is as that of heads among n coins.
	ways, tail, all := 1.0, 0.0, 1.0
	for range n {
		all *= 2
	}
	for k := range n / 2 {
		tail += ways
		if tail/all > 0.025 {
			return max(k-1, 0)
		}
		ways = ways * float64(n-k) / float64(k+1)
	}
	return n / 2
}

func median(sorted []time.Duration) time.Duration {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// of sorts what take says of each turn, and gives the median.
func (r row) of(take func(turn) time.Duration) time.Duration {
	var all []time.Duration
	for _, t := range r.turns {
		all = append(all, take(t))
	}
	slices.Sort(all)
	return median(all)
}

// String is the table in Markdown.
func (t table) String() string {
	var b strings.Builder
	b.WriteString("| set-up | µs of processor per request | over plain (95 %) | requests per second | p50 | p99 |\n|---|---|---|---|---|---|\n")
	for i, r := range t.rows {
		over := ""
		if i > 0 {
			s := differences(r.turns, t.rows[0].turns)
			over = fmt.Sprintf("%s (%s to %s)", micros(s.middle), micros(s.low), micros(s.high))
		}
		perSecond := r.of(func(t turn) time.Duration { return time.Duration(t.perSecond) })
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %s | %s |\n", r.name, micros(r.of(func(t turn) time.Duration { return t.cost })), over, int64(perSecond),
			millis(r.of(func(t turn) time.Duration { return t.p50 })), millis(r.of(func(t turn) time.Duration { return t.p99 })))
	}
	return b.String()
}

func micros(d time.Duration) string { return fmt.Sprintf("%.0f", float64(d)/float64(time.Microsecond)) }

func millis(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
