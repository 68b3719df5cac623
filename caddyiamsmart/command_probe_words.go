package caddyiamsmart

import loginform "caddyiamsmart.example/caddyiamsmart/accounts/form"

// What `caddy iamsmart accounts probe` says.
var (
	probeForms   = phrase{"The page has %[1]d form(s), charset %[2]s:", "頁面有 %[1]d 個表格，編碼為 %[2]s："}
	probeIsLogin = phrase{"   (login form)", "   （登入表格）"}
	probeFields  = phrase{"User name goes into '%[1]s', password into '%[2]s'. If that is wrong, give the names: --fields <user>,<password>",
		"用戶名稱填入「%[1]s」，密碼填入「%[2]s」。如不正確，請指明欄位：--fields <用戶名稱欄>,<密碼欄>"}
	probePlan = phrase{"A login that works will be asked for now. It is used %[1]d times, and %[2]d wrong logins are made up: one with this user name and a random password, one with a random name. The application may count them.",
		"請輸入一個有效的登入。它會使用 %[1]d 次，另有 %[2]d 次刻意錯誤的登入：一次以此用戶名稱及隨機密碼，一次以隨機名稱。應用系統可能會計算錯誤次數。"}
	probeWhich    = phrase{"Several forms could be the login form. Which number? ", "有多個表格可能是登入表格，請輸入號碼："}
	probeUser     = phrase{"User name: ", "用戶名稱："}
	probePassword = phrase{"Password (not shown): ", "密碼（不會顯示）："}

	probeRight     = phrase{"  right login: ", "  正確登入："}
	probeWrong     = phrase{"  same name, wrong password: ", "  同一名稱，錯誤密碼："}
	probeStranger  = phrase{"  random name: ", "  隨機名稱："}
	probeStatus    = phrase{"status %[1]d", "狀態 %[1]d"}
	probeLocation  = phrase{"leads to %[1]s", "轉往 %[1]s"}
	probeCookies   = phrase{"changes cookies %[1]s", "更改 cookie %[1]s"}
	probeFormAgain = phrase{"login form again", "再次出現登入表格"}
	probeFormGone  = phrase{"no login form", "沒有登入表格"}
	probeWayOut    = phrase{"logs out by %[1]s", "登出地址 %[1]s"}
	probeComma     = phrase{", ", "，"}

	probeConfirmed = phrase{"The form checker with the block below: right login yes, account '%[1]s'; right name with a wrong password no; random name no.",
		"表格檢查器使用以下設定：正確登入為「是」，帳戶「%[1]s」；正確名稱加錯誤密碼為「否」；隨機名稱為「否」。"}
	probeComment = phrase{"Only if people cannot choose this name themselves:", "只限各人不能自行更改此名稱時使用："}

	probeStopped    = phrase{"Stopped.", "已停止。"}
	probeTwoFields  = phrase{"--fields takes two names: --fields <user>,<password>", "--fields 需要兩個名稱：--fields <用戶名稱欄>,<密碼欄>"}
	probeSeveral    = phrase{"Several forms could be the login form. Say which: --form <number>", "有多個表格可能是登入表格，請指明：--form <號碼>"}
	probeNoSuchForm = phrase{"Form %[1]d is no login form of this page.", "第 %[1]d 個表格不是此頁的登入表格。"}
	probeNoLogin    = phrase{"No login was given: two lines are expected on standard input, user name and password.", "沒有收到登入資料：標準輸入須有兩行，即用戶名稱及密碼。"}
	probeBadInput   = phrase{"The login could not be read: %[1]s", "未能讀取登入資料：%[1]s"}
	probeNotTyped   = phrase{"This cannot be a login: %[1]s", "這不可能是登入資料：%[1]s"}
	probeNoAnswer   = phrase{"The application did not answer as it should: %[1]s", "應用系統沒有正常回應：%[1]s"}
	probeNoBlock    = phrase{"No block was written.", "沒有寫出設定。"}
)

// probeFindings has a sentence for each kind of finding.
var probeFindings = map[loginform.Kind]phrase{
	loginform.BadAddress: {"This address cannot be used: %[1]s", "不能使用這個地址：%[1]s"},
	loginform.HTTPLogin: {"HTTP itself asks for the login here (%[1]s), not a form. 'accounts form' cannot use it.",
		"這裏由 HTTP 本身要求登入（%[1]s），並非表格。「accounts form」不能使用。"},
	loginform.Elsewhere: {"The page leads to %[1]s, which is another scheme, host or port. A password may go to one origin only: give the address there.",
		"頁面轉往 %[1]s，協定、主機或連接埠不同。密碼只可送往同一來源：請改用該處的地址。"},
	loginform.NoPage: {"The application answers with status %[1]s. Is the address that of the login page?",
		"應用系統回應狀態 %[1]s。這是登入頁面的地址嗎？"},
	loginform.Framed: {"This page has no login form but shows or leads to another one. Try that: %[1]s",
		"此頁沒有登入表格，但會顯示或轉往另一頁，請試：%[1]s"},
	loginform.NoForm: {"The page has no form with a user name and one password. Is the address that of the login page?",
		"頁面沒有包含用戶名稱及一個密碼欄的表格。這是登入頁面的地址嗎？"},
	loginform.Scripted: {"Script makes or sends the login form of this page. 'accounts form' runs no script and cannot use it.",
		"此頁的登入表格由程式碼（script）產生或送出。「accounts form」不執行程式碼，不能使用。"},
	loginform.Hashed: {"Script changes the password before it is sent (%[1]s). 'accounts form' runs no script and cannot use it.",
		"程式碼（script）會在送出前改變密碼（%[1]s）。「accounts form」不執行程式碼，不能使用。"},
	loginform.NoFields: {"No form of the page has both fields, ready to be filled in.", "頁面沒有表格同時具備這兩個可填寫的欄位。"},
	loginform.SentByGET: {"The form is sent by GET, which would put the password into an address, and so into logs. 'accounts form' does not do that.",
		"表格以 GET 送出，密碼會出現在地址中，從而進入紀錄檔。「accounts form」不會這樣做。"},
	loginform.SentAway: {"The form is sent to %[1]s, which is another scheme, host or port. A password may go to one origin only.",
		"表格送往 %[1]s，協定、主機或連接埠不同。密碼只可送往同一來源。"},
	loginform.Unsendable: {"The form cannot be sent: %[1]s", "不能送出表格：%[1]s"},
	loginform.Captcha: {"A captcha is in the way (%[1]s). It is there to keep programs out, and 'accounts form' is one.",
		"頁面設有驗證碼（%[1]s），用以阻擋程式；「accounts form」正是程式，不能使用。"},

	loginform.Refused: {"The application answers this login as one that it refuses. Was it typed right? If it works in a browser, script may change what is sent, or the form wants something further.",
		"應用系統拒絕了這個登入。輸入是否正確？如在瀏覽器可以登入，可能是程式碼改變了送出的內容，或表格另有要求。"},
	loginform.Unfollowed: {"The application answers the login with what the gate does not follow: %[1]s",
		"應用系統對登入的回應，閘門不會跟隨：%[1]s"},
	loginform.JSONAnswer: {"The application answers with data for a script, not with a page. No rules were looked for in it: state them yourself, with 'success json' and 'failure json'.",
		"應用系統回應的是供程式碼使用的資料，並非頁面，沒有從中尋找規則。請自行以 success json 及 failure json 寫明。"},
	loginform.SecondFactor: {"After the password the application asks for a second factor. 'accounts form' cannot give one.",
		"輸入密碼後，應用系統要求第二重驗證。「accounts form」不能提供。"},
	loginform.NewPassword: {"The application asks for a new password first. Change it in a browser, then run this again. If every page of it has such a form, write the block yourself and say by 'expired' how to tell.",
		"應用系統要求先更改密碼。請在瀏覽器更改，然後再執行一次。如每個頁面都有更改密碼的表格，請自行寫設定，並以 expired 寫明如何分辨。"},
	loginform.NoSign: {"Nothing on the page after the login shows that somebody is logged in: no way to log out, no name, no greeting, and the login page asks again. Doubt is no yes.",
		"登入後的頁面沒有任何已登入的跡象：沒有登出連結、名稱或問候，登入頁面亦再次要求登入。有疑問就不算成功。"},
	loginform.Alike: {"Nothing lasting tells a right login from a wrong one: neither status, address, cookies, form nor text.",
		"沒有穩定的特徵可分辨正確與錯誤的登入：狀態、地址、cookie、表格及文字均不可靠。"},
	loginform.NoName: {"This user name has other characters than letters, digits and . _ - @, so the application's page has to say the account's name, and no place was found that does.",
		"此用戶名稱含有英文字母、數字及 . _ - @ 以外的字元，須由應用系統的頁面顯示帳戶名稱，但找不到這樣的位置。"},
	loginform.NotConfirmed: {"The form checker does not confirm the block: %[1]s", "表格檢查器未能確認設定：%[1]s"},

	loginform.InClear: {"The password travels unencrypted to the application, now and with the gate. Use https, or a network that nobody else is in.",
		"密碼會以未加密方式送往應用系統，現在及日後均如是。請使用 https 或專用網絡。"},
	loginform.ThirdField: {"The form has a further empty field, '%[1]s'. The gate sends it as it is.", "表格另有空白欄位「%[1]s」，閘門會照樣送出。"},
	loginform.Handled: {"Script does something when the form is sent. The gate runs no script; if the right login is refused, that is why.",
		"送出表格時有程式碼執行。閘門不執行程式碼；如正確登入被拒，原因可能在此。"},
	loginform.FormsAlike: {"Several forms of the page have these two fields; the gate fills in the first.", "頁面有多個表格具備這兩個欄位；閘門會填寫第一個。"},
	loginform.StaysOpen: {"No usable way out was found: the sessions of this run, and of each check, end by the application's time-out. If there is one, add 'logout <address>'.",
		"找不到可用的登出方法：本次及日後每次檢查的連線，要待應用系統逾時才結束。如有登出地址，請加上「logout <地址>」。"},
	loginform.NotEnded: {"Going to %[1]s did not end the session, so it is not in the block; the sessions of this run end by the application's time-out.",
		"前往 %[1]s 未能結束連線，故沒有寫入設定；本次的連線要待應用系統逾時才結束。"},
	loginform.ShownName: {"The page says who is logged in; this reads it: account %[1]s. Be sure that it is the login name there, and not a name that people can choose for themselves.",
		"頁面有顯示登入者，可用此讀取：account %[1]s。請確定該處是登入名稱，而非各人可自行更改的名稱。"},
}
