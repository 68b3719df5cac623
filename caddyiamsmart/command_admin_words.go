package caddyiamsmart

// What the commands of an administrator say.
var (
	adminIsOff = phrase{
		"The configuration says 'admin off', so nothing can be asked of the Caddy that runs. Write 'admin unix//run/caddy/admin.sock' into the global options in its place and restart Caddy.",
		"設定中寫有「admin off」，因此無法向執行中的 Caddy 提出要求。請在全域選項改寫為「admin unix//run/caddy/admin.sock」，然後重新啟動 Caddy。",
	}
	adminSilent = phrase{
		"No Caddy answers at %[1]s: %[2]s. Is it running? Name its configuration with --config or its admin endpoint with --address, and run this as a user who may open the socket.",
		"位於 %[1]s 的 Caddy 沒有回應：%[2]s。它是否正在執行？請以 --config 指明其設定檔，或以 --address 指明其管理端點，並以可開啟該 socket 的使用者執行。",
	}
)
