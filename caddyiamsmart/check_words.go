package caddyiamsmart

// level is how bad a finding is.
type level int

const (
	good level = iota
	warning
	fault
)

var levels = [...]phrase{
	good:    {"ok", "正常"},
	warning: {"warning", "警告"},
	fault:   {"fault", "錯誤"},
}

// kind is one kind of finding: what was looked at and what is wrong with it, and
// the remedy, which only what is in order can do without.
type kind struct {
	level
	line, remedy phrase
}

// finding is one kind with its values: texts, or phrases of both languages.
// They are never secrets.
type finding struct {
	kind
	values []any
}

func (k kind) of(values ...any) finding { return finding{k, values} }

// The frame of the report.
var (
	partConfig = phrase{"Configuration", "設定"}
	partRealm  = phrase{"Realm %[1]s", "realm %[1]s"}
	partStore  = phrase{"Store", "資料庫"}
	partGate   = phrase{"Gate %[1]s", "閘門 %[1]s"}
	partWays   = phrase{"Ways to the application", "通往應用系統的路徑"}

	sumGood     = phrase{"Everything is in order.", "一切正常。"}
	sumWarnings = phrase{"No faults. Warnings: %[1]d.", "沒有錯誤。警告：%[1]d 項。"}
	sumFaults   = phrase{"Faults: %[1]d, warnings: %[2]d.", "錯誤：%[1]d 項，警告：%[2]d 項。"}

	askingSmart = phrase{"asking iAM Smart, for up to %[1]d seconds", "正在連接「智方便」，最多 %[1]d 秒"}
	askingApp   = phrase{"trying the application's login form, for up to 20 seconds", "正在測試應用系統的登入表格，最多 20 秒"}
	askingPorts = phrase{"looking whether the application can be reached directly", "正在查看能否直接連接應用系統"}
)

// Configuration as a whole.
var (
	configLoads = kind{good,
		phrase{"%[1]s loads, and every option is valid", "%[1]s 可以載入，各選項均有效"}, phrase{}}
	configNoGate = kind{warning,
		phrase{"no gate: the directive 'iamsmart' with a block stands nowhere", "沒有閘門：設定中沒有帶選項的 iamsmart 指令"},
		phrase{"put it into the site block of the application", "在應用系統的網站區塊內加上 iamsmart 指令"}}
	otherUser = kind{warning,
		phrase{"this runs as user %[1]s, but %[2]s belongs to user %[3]s: what one may read the other may not", "現時以使用者 %[1]s 執行，但 %[2]s 屬於使用者 %[3]s：兩者的檔案權限可能不同"},
		phrase{"run it as the user that runs Caddy: sudo -u <user> caddy iamsmart check …", "以執行 Caddy 的使用者執行：sudo -u <使用者> caddy iamsmart check …"}}
	logUnwritable = kind{fault,
		phrase{"log file %[1]s cannot be written; Caddy does not start without it", "日誌檔案 %[1]s 不能寫入，Caddy 會因此不能啟動"},
		phrase{"give its folder to the user that runs Caddy", "把該資料夾交給執行 Caddy 的使用者"}}
	logDebug = kind{warning,
		phrase{"log '%[1]s' has the level DEBUG and takes lines of reverse_proxy: it will hold the identity headers of every request", "日誌「%[1]s」的等級是 DEBUG，並包括 reverse_proxy：每個請求的身份標頭都會被記下"},
		phrase{"write 'level INFO', or 'exclude http.handlers.reverse_proxy'", "寫上 level INFO，或 exclude http.handlers.reverse_proxy"}}
	logCode = kind{warning,
		phrase{"log '%[1]s' takes access lines and keeps %[2]s as it is: the code of a login may stand in it", "日誌「%[1]s」記錄存取資料，並原樣保留 %[2]s：其中可能有登入的 code"},
		phrase{"take the filter from Caddyfile.example: 'format filter'", "採用 Caddyfile.example 的過濾設定：format filter"}}
	logCookies = kind{warning,
		phrase{"server %[1]s writes cookies into its access log: whoever reads it can take over sessions", "伺服器 %[1]s 把 cookie 寫進存取日誌：看到日誌的人可接管各人的登入"},
		phrase{"take log_credentials out", "刪去 log_credentials"}}
	adminOpen = kind{fault,
		phrase{"the admin API listens on %[1]s: whoever reaches it can take the gate away", "管理介面（admin API）在 %[1]s 接受連接：任何能連接的人都可移除閘門"},
		phrase{"write 'admin unix//run/caddy/admin.sock', or 'admin off'", "寫上 admin unix//run/caddy/admin.sock，或 admin off"}}
	serverNames = kind{warning,
		phrase{"server %[1]s lets through header names with underscores or dots (%[2]s): PHP and others read them as the names with hyphens", "伺服器 %[1]s 放行含底線或句點的標頭名稱（%[2]s）：PHP 等程式會當作連字號名稱"},
		phrase{"take expected_underscore_headers and expected_dot_headers out, if the application can do without", "如應用系統並不需要，請刪去 expected_underscore_headers 和 expected_dot_headers"}}
	serverProxies = kind{warning,
		phrase{"server %[1]s trusts proxies but reads X-Forwarded-For from the left: clients can write false addresses there", "伺服器 %[1]s 信任前端代理，但從左邊讀取 X-Forwarded-For：用戶端可偽造地址"},
		phrase{"write 'trusted_proxies_strict' beside 'trusted_proxies'", "在 trusted_proxies 旁加上 trusted_proxies_strict"}}
)
