package simulator

import "time"

// Persons returns invented people. Their data differ in what tends to break programs: no Chinese name, apostrophe and hyphen, great
// length, one letter, characters that Big5 does not have or that are outside the basic plane, an HKIC number of two letters, a day
// of birth that is not known, a document that is no HKIC, and a registration that moved. The HKIC numbers are of a range that is
// plainly made up, with true check digits; every address is of another shape.
func Persons() []Person {
	people := []Person{
		{Name: "chan", EnglishName: "CHAN, Test Siu Ming", ChineseName: "陳測試明", UserType: userDefault, LastModified: longAgo,
			Identification: "Z000001", Gender: "M", BirthDate: "19781103", Form: formOf("Mr", "M", "91230001", addressEnglish(), addressFree("En"))},
		{Name: "wong", EnglishName: "WONG, Demo Mei Ling", ChineseName: "王示範玲", UserType: userSign,
			LastModified:   time.Date(2024, 7, 1, 1, 2, 3, 456e6, time.UTC),
			Identification: "Z000002", Gender: "F", BirthDate: "19850228", Form: formOf("Ms", "S", "91230002", addressChinese(), postBox("Chi", 12345))},
		{Name: "testa", EnglishName: "TESTA, Maria Example", UserType: userDefault,
			LastModified:   time.Date(2025, 2, 28, 15, 59, 59, 999e6, time.UTC),
			Identification: "ZZ000003", Gender: "F", BirthDate: "19920630", Form: formOf("Mrs", "M", "91230003", addressFree("En"), postBox("Eng", "K-77"))},
		{Name: "osample", EnglishName: "O'SAMPLE-LEE, Anne-Marie", ChineseName: "李樣本", UserType: userSign,
			LastModified:   time.Date(2023, 12, 31, 16, 0, 0, 0, time.UTC),
			Identification: "Z000004", Gender: "F", BirthDate: "19691231", Form: formOf("Dr", "D", "91230004", lotEnglish(), addressEnglish())},
		{Name: "long", EnglishName: "SAMPLEWICKREMASINGHE, Testina Exampleanne Placeholderia Demonstratia", ChineseName: "歐陽範例長姓名",
			UserType: userDefault, LastModified: time.Date(2025, 10, 10, 10, 10, 10, 0, time.UTC),
			Identification: "Z000005", Gender: "F", BirthDate: "20001010", Form: formOf("Miss", "S", "91230005", lotChinese(), addressChinese())},
		{Name: "au", EnglishName: "AU, X", ChineseName: "區𠮷", UserType: userDefault,
			LastModified:   time.Date(2024, 2, 29, 12, 0, 0, 1e6, time.UTC),
			Identification: "Z000006", Gender: "M", BirthDate: "19500000", Form: formOf("Mr", "W", "91230006", addressFree("Zh"), addressFree("Zh"))},
		{Name: "hkscs", EnglishName: "SAMPLE, Rare", ChineseName: "㗎𡃁𨋢", UserType: userSign, LastModified: longAgo,
			Identification: "Z000007", Gender: "M", BirthDate: "19610500", Form: formOf("Mr", "M", "91230007", addressEnglish(), postBox("Chi", "8"))},
		{Name: "consul", EnglishName: "DE L'EXEMPLE, Jean", UserType: userDefault, LastModified: longAgo,
			Identification: "CON-T000008", Gender: "M", BirthDate: "19750714", Form: map[string]any{"emailAddress": "consul@example.com"}},
		{Name: "moved", EnglishName: "CHAN LEE, Test Moved", ChineseName: "陳李測試", UserType: userSign,
			LastModified:   time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC),
			Identification: "Z000009", Gender: "F", BirthDate: "19880808", Form: formOf("Ms", "M", "91230009", addressChinese(), addressEnglish())},
		{Name: "empty", EnglishName: "SAMPLE, Empty", UserType: userDefault, LastModified: longAgo,
			Identification: "ZZ000010", Gender: "X", BirthDate: "20070101"},
	}
	for i := range people {
		p := &people[i]
		if p.Name != "consul" {
			p.CheckDigit = checkDigit(p.Identification)
		}
		if p.ChineseName != "" {
			p.ChineseNameVerified = "Y"
		}
	}
	people[6].ChineseNameVerified = "N"
	return people
}
