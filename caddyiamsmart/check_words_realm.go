package caddyiamsmart

// A realm: credentials, certificates, and the way to iAM Smart.
var (
	realmTest = kind{warning,
		phrase{"environment ite: the Government's test environment; its people are test persons", "environment ite：政府的測試環境，登入者都是測試人物"},
		phrase{"for production write 'api_base' and 'web_base' instead", "正式使用時改為 api_base 和 web_base"}}
	realmSimulator = kind{warning,
		phrase{"environment simulator: whoever reaches the simulator is whoever they want", "environment simulator：能連接模擬器的人可以成為任何人"},
		phrase{"for trying only; write 'environment ite', or 'api_base' and 'web_base'", "只供試用；請改為 environment ite，或 api_base 和 web_base"}}
	protocolChosen = kind{good,
		phrase{"protocol: %[1]s is %[2]s, not %[3]s as by default", "protocol：%[1]s 為 %[2]s，並非預設的 %[3]s"}, phrase{}}
	callbackOwn = kind{warning,
		phrase{"callback_cek own: whoever may call back by 'callback' is believed, since the certificate is all that it takes", "callback_cek own：凡 callback 准許的來源都會被相信，因為只要有證書便可製造回覆"},
		phrase{"keep the list in 'callback' as short as it can be; take the line out if 'match' works", "callback 的名單應盡量短；如 match 可用便刪去該行"}}
	directOn = kind{warning,
		phrase{"direct_login is on: nothing ties such a login to the browser that it arrives in; people are asked first", "direct_login 已開啟：這種登入與所到的瀏覽器沒有綁定，只能先詢問使用者"},
		phrase{"take the line out if nobody starts in the iAM Smart app", "如沒有人由「智方便」進入，便刪去該行"}}
	secretLiteral = kind{warning,
		phrase{"%[1]s stands in clear in the configuration", "%[1]s 以明文寫在設定內"},
		phrase{"put it into a file that only Caddy's user can read, and write {file./absolute/path}", "放進只有 Caddy 使用者可讀的檔案，並寫上 {file./絕對路徑}"}}
	secretElsewhere = kind{good,
		phrase{"%[1]s comes from %[2]s", "%[1]s 取自 %[2]s"}, phrase{}}
	secretReadable = kind{warning,
		phrase{"%[1]s: everybody on this machine can read it (mode %[2]s)", "%[1]s：這部機器的所有使用者都可讀取（權限 %[2]s）"},
		phrase{"chmod o= %[1]s; then think whether somebody has read it", "執行 chmod o= %[1]s，並考慮是否已有人讀過"}}
	certGood = kind{good,
		phrase{"encipherment certificate %[1]s: its key fits, RSA of %[2]d bits, ends on %[3]s, in %[4]d days", "加密證書 %[1]s：與私人密碼匙相符，RSA %[2]d 位元，%[3]s 到期，尚餘 %[4]d 天"}, phrase{}}
	certSoon = kind{warning,
		phrase{"encipherment certificate %[1]s ends on %[3]s, in %[4]d days (its key fits, RSA of %[2]d bits)", "加密證書 %[1]s 將於 %[3]s 到期，尚餘 %[4]d 天（與私人密碼匙相符，RSA %[2]d 位元）"},
		phrase{"apply for its successor now, and put it on a line above this one", "立即申請新證書，並加在此行之上"}}
	certEnded = kind{fault,
		phrase{"encipherment certificate %[1]s ended on %[3]s", "加密證書 %[1]s 已於 %[3]s 到期"},
		phrase{"put its successor into the file and tell the portal; without one nobody can log in", "換上新證書並在「智方便」平台登記；否則無人能登入"}}
	certOld = kind{warning,
		phrase{"encipherment certificate %[1]s ended on %[3]s; another one is in force", "加密證書 %[1]s 已於 %[3]s 到期；另有一張有效"},
		phrase{"take its line out", "刪去該行"}}
	certEarly = kind{fault,
		phrase{"encipherment certificate %[1]s is valid from %[3]s on only", "加密證書 %[1]s 要到 %[3]s 才生效"},
		phrase{"look at this machine's clock; if that is right, use the old certificate until then", "檢查機器時鐘；如時鐘正確，在此之前使用舊證書"}}

	smartReached = kind{good,
		phrase{"%[1]s answers at %[2]s", "%[1]s 在 %[2]s 有回應"}, phrase{}}
	smartUnreached = kind{warning,
		phrase{"%[1]s does not answer at %[2]s: %[3]s", "%[1]s 在 %[2]s 沒有回應：%[3]s"},
		phrase{"look at DNS, firewall, proxy (HTTPS_PROXY) and whether this server's address is on the allow-list of iAM Smart", "檢查 DNS、防火牆、代理（HTTPS_PROXY），以及伺服器地址是否在「智方便」的准許名單上"}}
	webUnreached = kind{warning,
		phrase{"web_base does not answer at %[2]s: %[3]s. People's browsers go there; this server need not", "web_base 在 %[2]s 沒有回應：%[3]s。前往該處的是各人的瀏覽器，並非本伺服器"},
		phrase{"open it in a browser on a PC of the home; if that works, there is nothing to mend", "在院舍的電腦用瀏覽器開啟；如可開啟，便無須處理"}}
	clockRight = kind{good,
		phrase{"clock: it agrees with that of iAM Smart to within %[1]d s", "時鐘：與「智方便」相差不多於 %[1]d 秒"}, phrase{}}
	clockOff = kind{warning,
		phrase{"clock: it differs from that of iAM Smart by %[1]d s; at 300 nobody can log in", "時鐘：與「智方便」相差 %[1]d 秒；達 300 秒便無人能登入"},
		phrase{"turn time synchronisation on: timedatectl set-ntp true", "開啟時間同步：timedatectl set-ntp true"}}
	clockWrong = kind{fault,
		phrase{"clock: it differs from that of iAM Smart by %[1]d s; calls are signed with the time, so nobody can log in", "時鐘：與「智方便」相差 %[1]d 秒；請求以時間簽署，因此無人能登入"},
		phrase{"turn time synchronisation on: timedatectl set-ntp true", "開啟時間同步：timedatectl set-ntp true"}}
	clockUnknown = kind{warning,
		phrase{"clock: nothing to compare it with, since iAM Smart told no time", "時鐘：「智方便」沒有提供時間，無從比較"},
		phrase{"compare it yourself: timedatectl", "自行核對：timedatectl"}}

	causeTimeout     = phrase{"no answer in time", "逾時沒有回應"}
	causeName        = phrase{"its name is not known (DNS)", "找不到該名稱（DNS）"}
	causeRefused     = phrase{"the connection is refused", "連接被拒"}
	causeCertificate = phrase{"its TLS certificate is not trusted here; perhaps something between opens the connection", "本機不信任其 TLS 證書；中途可能有設備拆開連線"}
	causeNetwork     = phrase{"there is no way to it", "無法到達"}
	causeOther       = phrase{"what came back is not proper HTTP", "收到的不是正確的 HTTP 回應"}
)

// The store and its root key.
var (
	storeGood = kind{good,
		phrase{"store %[1]s: sound, and its tables are up to date", "資料庫 %[1]s：完好，資料表為最新版本"}, phrase{}}
	storeOlder = kind{good,
		phrase{"store %[1]s: sound; its tables will be brought up to date at the next start", "資料庫 %[1]s：完好；資料表會在下次啟動時更新"}, phrase{}}
	storeNew = kind{good,
		phrase{"store %[1]s: not there yet; it is made on first start", "資料庫 %[1]s：未有，首次啟動時建立"}, phrase{}}
	storeNewer = kind{fault,
		phrase{"store %[1]s was made by a newer version of this program", "資料庫 %[1]s 由較新版本的程式建立"},
		phrase{"run that version, or restore the backup from before the update", "使用該版本，或還原更新前的備份"}}
	storeDamaged = kind{fault,
		phrase{"store %[1]s is damaged, or no SQLite file", "資料庫 %[1]s 已損壞，或並非 SQLite 檔案"},
		phrase{"restore the backup; or move it away with its -wal and -shm, and everybody links anew", "還原備份；或連同 -wal 和 -shm 移走，各人重新連結"}}
	storeBusy = kind{warning,
		phrase{"store %[1]s: another process keeps it locked, so it could not be looked at", "資料庫 %[1]s：被另一程序鎖住，未能查看"},
		phrase{"end that process (a backup, an open sqlite3 shell?), and check again", "結束該程序（備份？開着的 sqlite3？），然後再檢查"}}
	storeUnread = kind{fault,
		phrase{"store %[1]s cannot be read: %[2]s", "資料庫 %[1]s 不能讀取：%[2]s"},
		phrase{"name a file of its own, and make it readable and writable for the user that runs Caddy", "指定專用的檔案，並讓執行 Caddy 的使用者可讀可寫"}}
	storeUnwritable = kind{fault,
		phrase{"folder %[1]s cannot be written to; SQLite keeps files beside the store", "資料夾 %[1]s 不能寫入；SQLite 會在資料庫旁存放檔案"},
		phrase{"give it to the user that runs Caddy", "把它交給執行 Caddy 的使用者"}}
	storeReadable = kind{warning,
		phrase{"store %[1]s: everybody on this machine can read it (mode %[2]s); account names are in clear in it", "資料庫 %[1]s：這部機器的所有使用者都可讀取（權限 %[2]s）；其中帳戶名稱為明文"},
		phrase{"chmod 600 %[1]s", "執行 chmod 600 %[1]s"}}
	storeFull = kind{warning,
		phrase{"folder %[1]s has %[2]d MB left", "資料夾 %[1]s 只餘 %[2]d MB"},
		phrase{"make room; with a full disk nobody can log in", "騰出空間；磁碟滿時無人能登入"}}
	storeNetwork = kind{fault,
		phrase{"folder %[1]s lies on a network drive; SQLite's locks do not hold there", "資料夾 %[1]s 位於網絡磁碟；SQLite 的鎖在該處不可靠"},
		phrase{"put the store on a disk of this machine", "把資料庫放在本機的磁碟"}}

	keyGood = kind{good,
		phrase{"root key %[1]s: only its owner can read it, and it opens the store", "根密鑰 %[1]s：只有擁有者可讀，並能開啟資料庫"}, phrase{}}
	keyUntried = kind{good,
		phrase{"root key %[1]s: only its owner can read it", "根密鑰 %[1]s：只有擁有者可讀"}, phrase{}}
	keyNew = kind{good,
		phrase{"root key %[1]s: not there yet; it is made on first start", "根密鑰 %[1]s：未有，首次啟動時建立"}, phrase{}}
	keyMissing = kind{fault,
		phrase{"root key %[1]s is missing, and store %[2]s was sealed with it", "欠缺根密鑰 %[1]s，而資料庫 %[2]s 由它封存"},
		phrase{"put the file back from its backup", "從備份還原該檔案"}}
	keyReadable = kind{fault,
		phrase{"root key %[1]s: others can read or change it (mode %[2]s); Caddy does not start so", "根密鑰 %[1]s：其他人可讀取或更改（權限 %[2]s），Caddy 不會啟動"},
		phrase{"chmod 600 %[1]s; then think whether somebody has read it", "執行 chmod 600 %[1]s，並考慮是否已有人讀過"}}
	keyWrong = kind{fault,
		phrase{"root key %[1]s does not open store %[2]s", "根密鑰 %[1]s 不能開啟資料庫 %[2]s"},
		phrase{"they do not belong together; restore both from the same backup", "兩者並不匹配；請從同一備份還原"}}
	keyUnread = kind{fault,
		phrase{"root key %[1]s cannot be used: %[2]s", "根密鑰 %[1]s 不能使用：%[2]s"},
		phrase{"restore the file, and make it readable for the user that runs Caddy", "還原檔案，並讓執行 Caddy 的使用者可讀"}}
)
