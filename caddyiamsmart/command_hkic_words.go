package caddyiamsmart

// What `caddy iamsmart hkic hash` says. It tells lines and never what stands in
// them.
var (
	hkicType    = phrase{"Type one number a line, and end with Ctrl-D.", "每行輸入一個號碼，最後按 Ctrl-D。"}
	hkicSummary = phrase{"Hashed %[1]d, suspicious among them %[2]d; empty %[3]d.", "已處理 %[1]d 個，其中 %[2]d 個可疑；%[3]d 個空白。"}

	hkicDigit = phrase{"line %[1]d: the check digit does not fit; a typing error? If so the number will find nobody.",
		"第 %[1]d 行：核對數字不符，是否輸入錯誤？如是，將找不到任何人。"}
	hkicNoDigit = phrase{"line %[1]d: the check digit in brackets is missing; without it the number will find nobody.",
		"第 %[1]d 行：欠缺括號內的核對數字；沒有它將找不到任何人。"}
	hkicForm = phrase{"line %[1]d: this is not of the form of a Hong Kong identity card number; right only for other cards.",
		"第 %[1]d 行：並非香港身份證號碼的格式；只有其他證件才會如此。"}
	hkicEqual = phrase{"line %[1]d: the same number as in line %[2]d; who has two accounts cannot be found by number.",
		"第 %[1]d 行：與第 %[2]d 行號碼相同；有兩個帳戶的人不能以號碼找到。"}

	hkicOnLine = phrase{"A number must not stand on the command line, where others can see it and the shell keeps it. Nothing was done; delete it from the shell's history, and give numbers on standard input.",
		"號碼不可寫在指令行：其他人可以看見，shell 亦會記錄。沒有進行任何處理；請從 shell 記錄中刪除，並由標準輸入提供號碼。"}
	hkicNoKey = phrase{"There is no root key at %[1]s. Name the file of the global option 'key' by --key, and run as the user of Caddy; where the gate has never run, make the key: (umask 077; openssl rand -base64 32 > FILE).",
		"%[1]s 沒有根密鑰。請以 --key 指明全域選項 key 的檔案，並以 Caddy 的用戶身份執行；如閘門從未執行，請建立密鑰：(umask 077; openssl rand -base64 32 > 檔案)。"}
	hkicBadKey   = phrase{"The root key cannot be used: %[1]s", "不能使用根密鑰：%[1]s"}
	hkicUnread   = phrase{"The numbers cannot be read: %[1]v", "未能讀取號碼：%[1]v"}
	hkicNoColumn = phrase{"There is no column '%[1]s'; name the one that holds the numbers: --column <name>", "沒有「%[1]s」欄；請指明載有號碼的欄：--column <名稱>"}
	hkicTwice    = phrase{"The column '%[1]s' is there already; take one of the two out first.", "已有「%[1]s」欄；請先刪去其中一欄。"}
	hkicAlready  = phrase{"line %[1]d: this is a hash already; a hash of it would find nobody. Nothing was written.",
		"第 %[1]d 行：這已是雜湊值，再次處理將找不到任何人。沒有寫出任何內容。"}
)
