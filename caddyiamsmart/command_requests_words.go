package caddyiamsmart

import "caddyiamsmart.example/caddyiamsmart/store"

// What `caddy iamsmart requests` says.
var (
	requestState   = phrase{"STATE", "狀態"}
	requestMade    = phrase{"MADE", "提出時間"}
	requestExpires = phrase{"KEPT UNTIL", "保留至"}
	requestDecided = phrase{"DECIDED", "決定時間"}
	requestBy      = phrase{"BY", "決定者"}
	requestNote    = phrase{"NOTE", "備註"}

	requestAltered = phrase{
		"Request %[1]d was altered outside this program and cannot be decided. Find out who wrote to the store's file.",
		"申請 %[1]d 曾在本程式以外被更改，不能處理。請查明是誰更改了資料庫檔案。",
	}
	requestIsApproved = phrase{"Request %[1]d is approved: its person is linked to account '%[2]s' (link %[3]d).", "已批准申請 %[1]d：該人士已與帳戶「%[2]s」連結（連結編號 %[3]d）。"}
	requestIsRefused  = phrase{"Request %[1]d is refused.", "已拒絕申請 %[1]d。"}
)

var requestStates = map[string]phrase{
	string(store.RegistrationOpen):     {"open", "待決定"},
	string(store.RegistrationApproved): {"approved", "已批准"},
	string(store.RegistrationRefused):  {"refused", "已拒絕"},
}

// requestFields are the labels of what a person filled in.
var requestFields = map[string]phrase{
	"name_en":    {"NAME (ENGLISH)", "英文姓名"},
	"name_zh":    {"NAME (CHINESE)", "中文姓名"},
	"birth_date": {"DATE OF BIRTH", "出生日期"},
	"gender":     {"GENDER", "性別"},
	"mobile":     {"MOBILE", "流動電話"},
	"email":      {"EMAIL", "電郵"},
}
