package pages

import (
	"fmt"
	"time"
)

// hongKong is the time on every page. Hong Kong has had no summer time since
// 1979, and a fixed zone needs no zone files on the server.
var hongKong = time.FixedZone("HKT", 8*60*60)

// clock writes a time of day as people there read it: 下午3:05, 3:05 pm HKT.
// A time on another day than now carries its date.
func (l Language) clock(t, now time.Time) string {
	t, now = t.In(hongKong), now.In(hongKong)
	otherDay := t.Year() != now.Year() || t.YearDay() != now.YearDay()
	if l == English {
		if otherDay {
			return t.Format("3:04 pm HKT on 2 January")
		}
		return t.Format("3:04 pm HKT")
	}
	half := "上午"
	if t.Hour() >= 12 {
		half = "下午"
	}
	text := half + t.Format("3:04")
	if otherDay {
		return fmt.Sprintf("%d月%d日", t.Month(), t.Day()) + text
	}
	return text
}

// day writes a date with its year: 2026年7月14日, 14 July 2026.
func (l Language) day(t time.Time) string {
	t = t.In(hongKong)
	if l == English {
		return t.Format("2 January 2006")
	}
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// stamp writes a date with the time of day, whatever day it is now.
func (l Language) stamp(t time.Time) string {
	if l == English {
		return l.day(t) + ", " + l.clock(t, t)
	}
	return l.day(t) + " " + l.clock(t, t)
}
