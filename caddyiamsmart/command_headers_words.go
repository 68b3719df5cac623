package caddyiamsmart

// What the command about headers says.
var (
	headersNamed     = phrase{"Say whose headers: --account <name>; or --echo, to play the application.", "請以 --account 指明帳戶，或以 --echo 扮演應用系統。"}
	headersNotLooked = phrase{"The accounts of this gate cannot be looked up, so nobody knows whether '%[1]s' is one.", "此閘門的帳戶無法查閱，因此不能確定「%[1]s」是否其中一個帳戶。"}
	headersDoubt     = phrase{
		"Servers may read the path %[1]s in different ways. Headers that depend on which is right are not sent.",
		"不同伺服器對路徑 %[1]s 可能有不同解讀，因解讀而異的標頭一律不會傳送。",
	}
	headersNobody    = phrase{"Nobody is linked to %[1]s; a person is made up.", "%[1]s 未與任何人連結；以下以虛構人士示範。"}
	headersPerson    = phrase{"For %[1]s, linked to the person %[2]s (link: %[3]s):", "%[1]s，已與人士 %[2]s 連結（連結狀況：%[3]s）："}
	headersNameHead  = phrase{"HEADER", "標頭"}
	headersValueHead = phrase{"VALUE", "內容"}
	headersBytesHead = phrase{"BYTES", "位元組"}
	headersNoteHead  = phrase{"NOTE", "備註"}
	headersExample   = phrase{"example: only a login knows it", "示範：登入後方知"}
	headersSigned    = phrase{"the claims; they are sent signed, with times and a number of their own", "聲明內容；傳送時另附時間及編號，並經簽署"}
	headersAbsent    = phrase{"not sent", "不傳送"}
	headersRefused   = phrase{"refused with 502: %[1]s", "以 502 拒絕：%[1]s"}
	headersFaulty    = phrase{"Requests are refused with 502: headers that cannot be made: %[1]d.", "請求會以 502 拒絕：無法產生的標頭有 %[1]d 個。"}
	headersRemoved   = phrase{"Taken away from what clients send, in any spelling: %[1]s", "以下標頭，不論寫法，均會從用戶端的請求中移除：%[1]s"}

	echoListens = phrase{"Showing what arrives at http://%[1]s; end it by Ctrl-C.", "正於 http://%[1]s 顯示所收到的請求；按 Ctrl-C 結束。"}
	echoFails   = phrase{"Cannot listen at %[1]s: %[2]s", "無法於 %[1]s 接聽：%[2]s"}
)
