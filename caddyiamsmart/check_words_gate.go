package caddyiamsmart

// A gate: its addresses, what it tells the application, and the form rules.
var (
	gateRegister = kind{good,
		phrase{"redirect address to register in the portal for Client ID %[2]s: %[1]s", "在「智方便」平台為 Client ID %[2]s 登記的重新導向地址：%[1]s"}, phrase{}}
	gateRegisterDirect = kind{good,
		phrase{"address for direct logins to register in the portal for Client ID %[2]s: %[1]s", "在「智方便」平台為 Client ID %[2]s 登記的直接登入地址：%[1]s"}, phrase{}}
	gateRegisterCallback = kind{good,
		phrase{"callback address to register in the portal for Client ID %[2]s, which needs the scope eidapi_profiles: %[1]s", "在「智方便」平台為 Client ID %[2]s 登記的回呼地址，須有 eidapi_profiles 權限：%[1]s"}, phrase{}}
	gateRegisterStepUp = kind{good,
		phrase{"callback address to register in the portal for Client ID %[2]s, which needs the scope eidapi_fr for step_up: %[1]s", "在「智方便」平台為 Client ID %[2]s 登記的回呼地址，step_up 須有 eidapi_fr 權限：%[1]s"}, phrase{}}
	gateOptional = kind{good,
		phrase{"mode optional: who does not log in reaches the application without an identity", "mode optional：未登入者可到達應用系統，但不帶身份"}, phrase{}}
	gatePlain = kind{warning,
		phrase{"public_url %[1]s is http: fit for trying on this machine only", "public_url %[1]s 為 http：只適合在本機試用"},
		phrase{"for people, give the site a name and https", "供各人使用時，請設網站名稱及 https"}}
	gateElsewhere = kind{fault,
		phrase{"public_url %[1]s leads to no site with this gate; it stands at %[2]s", "public_url %[1]s 不會到達此閘門；閘門位於 %[2]s"},
		phrase{"make the address of the site block and 'public_url' the same name", "令網站區塊的地址與 public_url 名稱相同"}}
	gateBehind = kind{warning,
		phrase{"people come by %[1]s, but Caddy serves the gate at %[2]s: something in front must lead there, and speak TLS", "各人以 %[1]s 進入，但 Caddy 在 %[2]s 提供閘門：前方必須另有設備轉接並提供 TLS"},
		phrase{"if nothing stands in front, give the site block the address of 'public_url'", "如前方並無設備，把網站區塊的地址改為 public_url"}}
	gateServed = kind{good,
		phrase{"people come by %[1]s, and Caddy serves it at %[2]s", "各人以 %[1]s 進入，Caddy 在 %[2]s 提供服務"}, phrase{}}
	gateDead = kind{fault,
		phrase{"no request comes to the gate at %[1]s: a directive before it answers them all", "沒有請求會到達 %[1]s 的閘門：之前的指令已全部回應"},
		phrase{"put 'iamsmart' first; in a 'route' block directives run in the order in which they stand", "把 iamsmart 放在最前；route 區塊內的指令按書寫次序執行"}}
	gateIdle = kind{warning,
		phrase{"the gate at %[1]s protects nothing: no reverse_proxy, php_fastcgi or file_server comes after it", "%[1]s 的閘門沒有保護任何東西：其後沒有 reverse_proxy、php_fastcgi 或 file_server"},
		phrase{"put the application behind it, in the same block", "在同一區塊內，把應用系統放在它之後"}}
	gateBare = kind{fault,
		phrase{"'iamsmart' without a block stands outside handle_errors, at %[1]s: it answers 503 to everybody", "不帶選項的 iamsmart 位於 handle_errors 以外（%[1]s）：會向所有人回應 503"},
		phrase{"give it its options, or move it into handle_errors", "加上選項，或移入 handle_errors"}}

	headerSent = kind{good,
		phrase{"header %[1]s carries %[2]s", "標頭 %[1]s 載有 %[2]s"}, phrase{}}
	gateDouble = kind{warning,
		phrase{"people who were logged in here were sent to the application's own login page, last at %[1]s: it does not take the identity from the header", "已在此登入的人被帶到應用系統本身的登入頁，最近一次為 %[1]s：應用系統沒有從標頭取得身份"},
		phrase{"see what arrives with 'caddy iamsmart headers --echo', and that the application reads and trusts that header", "以 'caddy iamsmart headers --echo' 查看實際收到的標頭，並確定應用系統會讀取及信任該標頭"}}
	headerText = kind{good,
		phrase{"header %[1]s carries a fixed text", "標頭 %[1]s 載有固定文字"}, phrase{}}
	headerNone = kind{warning,
		phrase{"no 'header_up': the application is not told who is calling", "沒有 header_up：應用系統不知道是誰在使用"},
		phrase{"write for example: header_up X-Remote-User {iamsmart.account}", "例如寫上：header_up X-Remote-User {iamsmart.account}"}}

	publicAll = kind{fault,
		phrase{"public %[1]s opens everything: nobody has to log in", "public %[1]s 開放全部：任何人無須登入"},
		phrase{"name the few paths that need no login", "只列出無須登入的少數路徑"}}
	publicScript = kind{warning,
		phrase{"public %[1]s may be the entrance to every page: what follows ? in an address is not judged", "public %[1]s 可能是所有頁面的入口：地址中 ? 之後的部分不作判斷"},
		phrase{"take it out, unless the application shows nothing there that needs a login", "除非該處沒有須登入才可看的內容，否則請刪去"}}

	sessionLong = kind{warning,
		phrase{"session: idle %[1]s, max %[2]s; on a shared PC the next person may find the last one's session open", "session：idle %[1]s，max %[2]s；在共用電腦上，下一位可能進入上一位未結束的登入"},
		phrase{"the defaults are idle 15m and max 13h", "預設為 idle 15m 和 max 13h"}}

	formGood = kind{good,
		phrase{"accounts %[1]s: the application says no to a random name with a random password", "accounts %[1]s：應用系統拒絕隨機名稱和密碼"}, phrase{}}
	formOpen = kind{fault,
		phrase{"accounts %[1]s: a random name with a random password counts as logged in, so nobody can link", "accounts %[1]s：隨機名稱和密碼被當作登入成功，因此無人能連結"},
		phrase{"write 'success' rules that hold only after a right password, such as text that only a logged-in person sees", "寫上只在密碼正確時才成立的 success 規則，例如只有登入者才看到的文字"}}
	formDoubt = kind{fault,
		phrase{"accounts %[1]s: the rules do not tell right from wrong: %[2]s", "accounts %[1]s：規則未能分辨對錯：%[2]s"},
		phrase{"see that the application runs and that address, 'fields', 'success' and 'failure' fit its login page", "確定應用系統正在運作，而地址、fields、success 和 failure 與其登入頁相符"}}
	sourceDoubt = kind{fault,
		phrase{"accounts %[1]s: cannot be tried: %[2]s", "accounts %[1]s：未能測試：%[2]s"},
		phrase{"see that it answers at that address, and that its options are right", "確定該地址有回應，而各選項正確"}}
	sourceUnfit = kind{fault,
		phrase{"accounts %[1]s: a yes of it would prove nothing, so nobody can link: %[2]v", "accounts %[1]s：其「正確」不能證明任何事，因此無人能連結：%[2]v"},
		phrase{"mend what it names; the README has a section about each kind", "修正所指的問題；README 有各種類的說明"}}
	formUntried = kind{good,
		phrase{"accounts %[1]s: this kind cannot try itself", "accounts %[1]s：這種類不能自我測試"}, phrase{}}
)

// The ways to the application.
var (
	wayGuarded = kind{good,
		phrase{"%[1]s is reached through the gate, at %[2]s", "%[1]s 經閘門到達，位於 %[2]s"}, phrase{}}
	wayOrder = kind{fault,
		phrase{"%[1]s is reached before the gate, at %[2]s", "%[1]s 在閘門之前已可到達，位於 %[2]s"},
		phrase{"put 'iamsmart' above it; in a 'route' block directives run in the order in which they stand", "把 iamsmart 放在它之上；route 區塊內的指令按書寫次序執行"}}
	wayBeside = kind{fault,
		phrase{"%[1]s is reached round the gate, at %[2]s: the gate stands inside %[3]s only", "%[1]s 可繞過閘門到達，位於 %[2]s：閘門只在 %[3]s 之內"},
		phrase{"take the gate out of there, so that every path passes it; name paths without login with 'public'", "把閘門移出，使所有路徑都經過它；無須登入的路徑用 public 列出"}}
	wayOther = kind{fault,
		phrase{"%[1]s is reached without any gate, at %[2]s; whoever comes that way can send the identity headers", "%[1]s 可不經任何閘門到達，位於 %[2]s；由該處進入的人可自行傳送身份標頭"},
		phrase{"put the gate there too, or take that way out", "在該處也加上閘門，或刪去該路徑"}}
	wayError = kind{fault,
		phrase{"%[1]s is reached in handle_errors without the bare directive, at %[2]s; some failed requests have passed no gate", "%[1]s 可經 handle_errors 到達而沒有不帶選項的 iamsmart 指令，位於 %[2]s；部分失敗的請求並未經過閘門"},
		phrase{"put the word 'iamsmart', without a block, first into handle_errors", "在 handle_errors 內最前加上不帶選項的 iamsmart"}}
	wayUnknown = kind{warning,
		phrase{"where a proxy at %[1]s leads is decided for each request, and no gate stands before it", "%[1]s 的代理目的地按每個請求而定，而之前沒有閘門"},
		phrase{"see that it can never lead to the application", "確定它不會通往應用系統"}}

	headerDeleted = kind{warning,
		phrase{"header %[1]s of the gate is taken away again, at %[2]s: the application does not learn who is calling", "閘門的標頭 %[1]s 在 %[2]s 被刪去：應用系統不知道是誰在使用"},
		phrase{"take that line out; the gate removes what clients send by itself", "刪去該行；閘門本身會移除用戶端傳送的標頭"}}
	headerChanged = kind{warning,
		phrase{"header %[1]s of the gate gets another value, at %[2]s", "閘門的標頭 %[1]s 在 %[2]s 被改為另一個值"},
		phrase{"take that line out; 'header_up' inside 'iamsmart' says what the header holds", "刪去該行；標頭內容由 iamsmart 內的 header_up 決定"}}
	headerForged = kind{fault,
		phrase{"header %[1]s of the gate gets a value that clients choose, at %[2]s", "閘門的標頭 %[1]s 在 %[2]s 被改為用戶端可選擇的值"},
		phrase{"take that line out; 'header_up' inside 'iamsmart' says what the header holds", "刪去該行；標頭內容由 iamsmart 內的 header_up 決定"}}
	headerUnscrubbed = kind{fault,
		phrase{"%[1]s believes header %[2]s, but the gate %[3]s before it does not remove it from requests", "%[1]s 會相信標頭 %[2]s，但其前的閘門 %[3]s 不會從請求中移除它"},
		phrase{"give all gates before one application the same 'header_up' names", "同一應用系統之前的所有閘門應有相同的 header_up 名稱"}}
	accountsDiffer = kind{warning,
		phrase{"%[1]s stands behind gates with other accounts: %[2]s and %[3]s; an account of one may be another person's in the other", "%[1]s 位於帳戶來源不同的閘門之後：%[2]s 和 %[3]s；同名帳戶可能屬於不同的人"},
		phrase{"use the same 'accounts' before one application", "同一應用系統之前使用相同的 accounts"}}

	appRemote = kind{warning,
		phrase{"%[1]s is not on this machine: whoever reaches it directly can send the identity headers", "%[1]s 不在本機：能直接連接它的人可自行傳送身份標頭"},
		phrase{"let a firewall admit this server alone, or ask for a client certificate there", "以防火牆只准許本伺服器連接，或在該處要求用戶端證書"}}
	appOpen = kind{warning,
		phrase{"%[1]s also answers at %[2]s: unless a firewall forbids it, whoever reaches that can send the identity headers", "%[1]s 亦在 %[2]s 有回應：除非有防火牆阻擋，能連接的人可自行傳送身份標頭"},
		phrase{"bind the application to 127.0.0.1", "把應用系統綁定到 127.0.0.1"}}
	appLocal = kind{good,
		phrase{"%[1]s does not answer at this machine's other addresses", "%[1]s 在本機其他地址沒有回應"}, phrase{}}
)
