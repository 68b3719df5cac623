package iamsmart

import (
	"errors"
	"strconv"
	"time"
)

// BirthDate is a day, or as much of it as an identity card knows: for some people only the year, or the year and the month.
// It redacts itself; Reveal gives it as iAM Smart wrote it, which is YYYYMMDD.
type BirthDate struct{ hidden }

// Date takes the date apart. Month and day are zero where they are not known; all three where there is no date.
func (b BirthDate) Date() (year int, month time.Month, day int) {
	year, month, day, _ = splitDate(b.Reveal())
	return year, month, day
}

func readBirthDate(text string) (BirthDate, error) {
	if text == "" {
		return BirthDate{}, nil
	}
	if _, _, _, ok := splitDate(text); !ok {
		return BirthDate{}, errors.New("birthDate is no date")
	}
	return BirthDate{hide(text)}, nil
}

// splitDate reads YYYYMMDD, YYYYMM and YYYY. How iAM Smart writes what is not known is not documented, so a month or a day of
// zeros or of anything but digits counts as unknown, and so does any day of an unknown month.
func splitDate(text string) (year int, month time.Month, day int, ok bool) {
	if len(text) != 8 && len(text) != 6 && len(text) != 4 {
		return 0, 0, 0, false
	}
	year = twoDigits(text[:2])*100 + twoDigits(text[2:4])
	if len(text) >= 6 {
		month = time.Month(max(0, twoDigits(text[4:6])))
	}
	if len(text) == 8 && month != 0 {
		day = max(0, twoDigits(text[6:8]))
	}
	if twoDigits(text[:2]) < 0 || twoDigits(text[2:4]) < 0 || year < 1800 || month > time.December {
		return 0, 0, 0, false
	}
	if day != 0 && time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Day() != day {
		return 0, 0, 0, false
	}
	return year, month, day, true
}

// twoDigits is negative for anything but two digits.
func twoDigits(text string) int {
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil {
		return -1
	}
	return int(n)
}
