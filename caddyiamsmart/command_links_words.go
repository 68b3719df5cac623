package caddyiamsmart

// What `caddy iamsmart links` says.
var (
	linkNumber    = phrase{"NUMBER", "編號"}
	linkAccount   = phrase{"ACCOUNT", "帳戶"}
	linkName      = phrase{"NAME", "姓名"}
	linkSource    = phrase{"SOURCE", "來源"}
	linkWay       = phrase{"WAY", "方法"}
	linkSince     = phrase{"LINKED", "連結時間"}
	linkProved    = phrase{"PROVED", "證明時間"}
	linkLastLogin = phrase{"LAST LOGIN", "最近登入"}
	linkPerson    = phrase{"PERSON", "人士代號"}
	linkStanding  = phrase{"NOW", "現況"}
	linkLogins    = phrase{"LOGINS", "登入記錄"}

	linkAltered = phrase{
		"Link %[1]d was altered outside this program and opens nothing. Find out who wrote to the store's file.",
		"連結 %[1]d 曾在本程式以外被更改，已不能用作登入。請查明是誰更改了資料庫檔案。",
	}
	linkEnding = phrase{
		"Link %[1]d of account '%[2]s' to person %[3]s will end, and whoever is logged in by it is out at once. That cannot be taken back.",
		"即將解除帳戶「%[2]s」與人士 %[3]s 的連結（編號 %[1]d），以此登入的人會即時登出。此動作不能還原。",
	}
	linkEnded = phrase{"Link %[1]d of account '%[2]s' has ended.", "已解除帳戶「%[2]s」的連結（編號 %[1]d）。"}

	codeMade = phrase{
		"A link code for '%[1]s', good once, until %[2]s. It cannot be shown again; an older one for this account is good no more. Hand it to the person yourself.",
		"「%[1]s」的連結碼，只可使用一次，有效至 %[2]s。此碼不會再次顯示；此帳戶較早的連結碼已失效。請親手交給本人。",
	}
	codeInFile    = phrase{"The slip is in %[1]s. Delete the file once it is printed.", "連結碼紙條已寫入 %[1]s。列印後請刪除檔案。"}
	codeFileThere = phrase{"%[1]s is there already. Name a new file; no code was made.", "%[1]s 已經存在。請指明新的檔案；沒有製作連結碼。"}
	codeNoFile    = phrase{"%[1]s cannot be made: %[2]v. No code was made.", "未能建立 %[1]s：%[2]v。沒有製作連結碼。"}
	codeUnwritten = phrase{
		"The slip could not be written into %[1]s: %[2]v. Its code is lost; make another, which takes its place.",
		"未能將紙條寫入 %[1]s：%[2]v。該連結碼已遺失；請另製一個，新碼會取代它。",
	}
)

// linkStandings has a sentence for each word of standingOf.
var linkStandings = map[string]phrase{
	standingGood:    {"good: the account stands", "有效：帳戶存在"},
	standingUnknown: {"not known: the accounts cannot be read now; Caddy's log says why", "未知：現時不能讀取帳戶；原因見 Caddy 的記錄"},
	"closed":        {"closed: the application does not let the account be used", "已關閉：應用系統不容許使用此帳戶"},
	"gone":          {"gone: there is no such account any more, or its name is another's now", "已不存在：已沒有此帳戶，或其名稱已屬另一帳戶"},
	"ended":         {"to be proven again at the next login: another password since, too old a proof, or accounts that are not configured any more", "下次登入須再證明：密碼已更改、證明過期，或帳戶來源已不在設定內"},
}
