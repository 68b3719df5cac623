package caddyiamsmart

import "caddyiamsmart.example/caddyiamsmart/linkup"

// What `caddy iamsmart links import` says. It tells lines and accounts, and never
// numbers or hashes.
var (
	importUnreadable   = phrase{"%[1]s cannot be read: %[2]s", "未能讀取 %[1]s：%[2]s"}
	importOnLine       = phrase{"A number must not stand on the command line, where others can see it and the shell keeps it. Delete it from the shell's history, and name the CSV file.", "號碼不可寫在指令行：其他人可以看見，shell 亦會記錄。請從 shell 記錄中刪除，並指明 CSV 檔案。"}
	importNoColumn     = phrase{"There is no column 'account'; the first line is to name the columns: account,hkic_hash", "沒有「account」欄；第一行須列出各欄名稱：account,hkic_hash"}
	importNoHashColumn = phrase{"There is no column 'hkic_hash'. Make it of the column of numbers with 'caddy iamsmart hkic hash <in.csv>', and import what that prints.",
		"沒有「hkic_hash」欄。請以「caddy iamsmart hkic hash <in.csv>」由號碼一欄產生，然後匯入其輸出。"}
	importColumnTwice = phrase{"The column '%[1]s' is there twice; take one of the two out.", "「%[1]s」欄出現兩次；請刪去其中一欄。"}

	importClear = phrase{"line %[1]d: this is a number in clear and no hash. Nothing was sent. Make the hashes with 'caddy iamsmart hkic hash <in.csv>', import what that prints, and delete the file with the numbers.",
		"第 %[1]d 行：這是未經處理的號碼，並非雜湊值。沒有傳送任何內容。請以「caddy iamsmart hkic hash <in.csv>」產生雜湊值，匯入其輸出，並刪除載有號碼的檔案。"}
	importNoHash = phrase{"line %[1]d: hkic_hash is no hash as 'caddy iamsmart hkic hash' makes it.",
		"第 %[1]d 行：hkic_hash 並非「caddy iamsmart hkic hash」產生的雜湊值。"}
	importNoAccount    = phrase{"line %[1]d: the account is missing.", "第 %[1]d 行：欠缺帳戶。"}
	importAccountTwice = phrase{"line %[1]d: the same account as in line %[2]d; one account is one person's.", "第 %[1]d 行：與第 %[2]d 行帳戶相同；一個帳戶只屬一人。"}
	importHashTwice    = phrase{"line %[1]d: the same number as in line %[2]d; one person has one account.", "第 %[1]d 行：與第 %[2]d 行號碼相同；一人只有一個帳戶。"}
	importWrong        = phrase{"Nothing was sent: the file has %[1]d faults. Mend them and do it again.", "沒有傳送任何內容：檔案有 %[1]d 處錯誤。請更正後再試。"}
	importNothing      = phrase{"Nothing was sent: no line has a hash.", "沒有傳送任何內容：沒有任何一行載有雜湊值。"}

	importProgress = phrase{"%[1]d of %[2]d lines", "已處理 %[1]d 行，共 %[2]d 行"}
	importStopped  = phrase{"Stopped.", "已停止。"}
	importBroken   = phrase{"It was broken off. All up to line %[1]d is done and stays; of those behind it some may be. Do it again to go on: that is harmless.",
		"匯入中斷。第 %[1]d 行及以前的已完成並會保留；其後的可能有部分完成。請重新執行以繼續，重複執行並無影響。"}
	importOddAnswer   = phrase{"The gate's answer does not fit what was sent; are Caddy and this program of one version?", "閘門的回應與傳送的內容不符；Caddy 與本程式是否同一版本？"}
	importInVainWords = phrase{"The last %[1]d accounts could not be read, so no more were tried. See the reason above; mend it and do it again.",
		"最後 %[1]d 個帳戶均未能讀取，因此沒有再嘗試。請參閱上述原因，更正後再試。"}

	importLineHead    = phrase{"LINE", "行"}
	importAccountHead = phrase{"ACCOUNT", "帳戶"}
	importWhyHead     = phrase{"WHY IT WAS REFUSED", "拒絕原因"}
	importSummary     = phrase{"New %[1]d, known before %[2]d, linked already %[3]d, refused %[4]d; without a hash %[5]d.",
		"新增 %[1]d，先前已有 %[2]d，已連結 %[3]d，拒絕 %[4]d；沒有雜湊值 %[5]d。"}
	importDrySummary = phrase{"Dry run, nothing was changed. It would be: new %[1]d, known before %[2]d, linked already %[3]d, refused %[4]d; without a hash %[5]d.",
		"試行，沒有更改任何內容。結果將會是：新增 %[1]d，先前已有 %[2]d，已連結 %[3]d，拒絕 %[4]d；沒有雜湊值 %[5]d。"}
	importBackSummary = phrase{"Taken back %[1]d, nobody expected before %[2]d, refused %[3]d; without a hash %[4]d. Who was linked by then stays so: see 'caddy iamsmart links list'.",
		"收回 %[1]d，先前並無等候 %[2]d，拒絕 %[3]d；沒有雜湊值 %[4]d。已連結者維持不變：見「caddy iamsmart links list」。"}
	importBackDrySummary = phrase{"Dry run, nothing was changed. It would be: taken back %[1]d, nobody expected before %[2]d, refused %[3]d; without a hash %[4]d.",
		"試行，沒有更改任何內容。結果將會是：收回 %[1]d，先前並無等候 %[2]d，拒絕 %[3]d；沒有雜湊值 %[4]d。"}
	importRefused = phrase{"Lines that were refused: %[1]d. Mend them and import the file again; what was taken stays as it is.", "有 %[1]d 行被拒絕。請更正後再次匯入檔案；已接受的維持不變。"}
	importUnread  = phrase{"Of these, %[1]d accounts could not be looked up: they are taken as the file spells them.",
		"其中 %[1]d 個帳戶未能查核，現按檔案的寫法接受。"}
	importNeedsProfile = phrase{"Their people are asked for their identity card number at the first login. For that iAM Smart must have granted the scope eidapi_profiles, and <public_url>/iamsmart/callback/profile must be registered in the portal.",
		"有關人士首次登入時會被要求提供身份證號碼。為此，智方便須已批出 eidapi_profiles 權限，並須在入口網站登記 <public_url>/iamsmart/callback/profile。"}
)

// importWhy says why a line was refused.
var importWhy = map[linkup.Outcome]phrase{
	linkup.OutcomeShared:     {"several persons share the account (persons_per_account)", "帳戶由多人共用（persons_per_account）"},
	linkup.OutcomeNumber:     {"the number was imported with another account before; if that was wrong, --take-back", "該號碼先前已隨另一帳戶匯入；如屬錯誤，請以 --take-back 收回"},
	linkup.OutcomeAccount:    {"the account was imported with another number, or by another line; if that was wrong, --take-back", "該帳戶先前已隨另一號碼或另一行匯入；如屬錯誤，請以 --take-back 收回"},
	linkup.OutcomeFormer:     {"the account was somebody's before: give its person a link code", "帳戶曾屬他人：請向其使用者發出連結碼"},
	linkup.OutcomeUnknown:    {"there is no such account", "沒有此帳戶"},
	linkup.OutcomeClosed:     {"the account is closed", "帳戶已停用"},
	linkup.OutcomeSpelling:   {"the name holds other characters than letters, digits and . _ - @, and the accounts cannot be looked up", "名稱含有英文字母、數字及 . _ - @ 以外的字元，而帳戶無法查閱"},
	linkup.OutcomeUnseen:     {"the accounts of this gate cannot be looked up: if the name is right, letter by letter, say --yes", "此閘門的帳戶無法查閱：如名稱逐字相符，請加上 --yes"},
	linkup.OutcomeUnreadable: {"the account cannot be read now", "現時未能讀取帳戶"},
}
