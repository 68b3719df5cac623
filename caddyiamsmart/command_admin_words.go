package caddyiamsmart

// What the commands of an administrator say.
var (
	adminIsOff = phrase{
		"The configuration says 'admin off', so nothing can be asked of the Caddy that runs. Write 'admin unix//run/caddy/admin.sock' into the global options in its place and restart Caddy.",
		"設定中寫有「admin off」，因此無法向執行中的 Caddy 提出要求。請在全域選項改寫為「admin unix//run/caddy/admin.sock」，然後重新啟動 Caddy。",
	}
	adminForbidden = phrase{
		"This user may not speak to Caddy at %[1]s. Run the command as the user of Caddy: sudo -u caddy caddy iamsmart …",
		"此使用者不能與位於 %[1]s 的 Caddy 通訊。請以 Caddy 的使用者執行：sudo -u caddy caddy iamsmart …",
	}
	adminSilent = phrase{
		"No Caddy answers at %[1]s: %[2]s. Is it running? Name its configuration with --config or its admin endpoint with --address, and run this as a user who may open the socket.",
		"位於 %[1]s 的 Caddy 沒有回應：%[2]s。它是否正在執行？請以 --config 指明其設定檔，或以 --address 指明其管理端點，並以可開啟該 socket 的使用者執行。",
	}

	adminTypeYes  = phrase{"Type yes to do it: ", "確定請輸入 yes："}
	adminNotDone  = phrase{"Nothing was changed.", "沒有更改任何資料。"}
	adminNotAsked = phrase{"%[1]s Nobody can be asked here, so nothing was changed; say --yes if that is meant.", "%[1]s 此處無法詢問，因此沒有更改任何資料；如確定要做，請加上 --yes。"}
	adminNoNumber = phrase{"'%[1]s' is no number of an entry; 'list' shows them.", "「%[1]s」並非項目的編號；請以 list 查看。"}
	adminSoFar    = phrase{"%[1]d so far, reading on …", "目前 %[1]d 項，繼續讀取……"}

	adminNotLookedUp = phrase{
		"The accounts of this gate cannot be looked up, so nobody knows whether '%[1]s' is one of them. Is it, letter by letter?",
		"此閘門的帳戶無法查閱，因此不能確定「%[1]s」是否其中一個帳戶。名稱是否逐字相符？",
	}
)
