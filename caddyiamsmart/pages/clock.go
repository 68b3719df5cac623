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
