package simulator

import "strings"

const (
	langEN = "en-US"
	langHK = "zh-HK"
	langCN = "zh-CN"
)

// words are the main words of the pages in one language. What only developers read stays English.
type words struct {
	Lang       string
	Banner     string
	LoginTitle string
	QRLabel    string
	QRNote     string
	AppTitle   string
	AppNote    string
	PhoneTitle string
	Asks       string
	Scopes     string
	Choose     string
	Approve    string
	Reject     string
	Cancel     string
	Timeout    string
	Fail       string
	Nothing    string
	Until      string
	Again      string
	Done       string
	GoBack     string
	Titles     map[string]string // of the functions, where they are not English
	Refused    string
	Mistake    string
}

var english = words{
	Lang:       langEN,
	Banner:     "Simulator – not iAM Smart",
	LoginTitle: "Simulated login",
	QRLabel:    "Decorative pattern in place of a QR code",
	QRNote:     "Decoration only: there is nothing to scan. The panel “Phone” stands for the app.",
	AppTitle:   "On a phone, the app would open now",
	AppNote:    "This simulator has no app. The panel “Phone” stands for it.",
	PhoneTitle: "Phone (simulated)",
	Asks:       "This service asks you to log in:",
	Scopes:     "Scope",
	Choose:     "Choose a test person",
	Approve:    "Approve",
	Reject:     "Reject",
	Cancel:     "Cancel",
	Timeout:    "Let it time out",
	Fail:       "Let it fail",
	Nothing:    "Nothing waits on any phone.",
	Until:      "Waits until",
	Again:      "Look again",
	Done:       "Done",
	GoBack:     "Go back to the service.",
	Refused:    "The simulator refused this request",
	Mistake:    "This did not work",
}

var traditional = words{
	Lang:       langHK,
	Banner:     "模擬器 – 並非智方便",
	LoginTitle: "模擬登入",
	QRLabel:    "代替二維碼的裝飾圖案",
	QRNote:     "僅作裝飾，無須掃瞄。「手機」一欄代表應用程式。",
	AppTitle:   "在手機上，此時會開啟應用程式",
	AppNote:    "模擬器沒有應用程式，由「手機」一欄代替。",
	PhoneTitle: "手機（模擬）",
	Asks:       "以下服務要求你登入：",
	Scopes:     "範圍",
	Choose:     "選擇測試人物",
	Approve:    "批准",
	Reject:     "拒絕",
	Cancel:     "取消",
	Timeout:    "任其逾時",
	Fail:       "使其失敗",
	Nothing:    "沒有手機有待處理的要求。",
	Until:      "等候至",
	Again:      "重新查看",
	Done:       "完成",
	GoBack:     "請返回原來的服務。",
	Titles: map[string]string{
		"Profile": "個人資料", "Form filling": "填寫表格", "Re-authentication": "再次認證",
		"Signing": "數碼簽署", "PDF signing": "PDF 數碼簽署",
	},
	Refused: "模擬器拒絕了這項要求",
	Mistake: "未能完成",
}

var simplified = words{
	Lang:       langCN,
	Banner:     "模拟器 – 并非智方便",
	LoginTitle: "模拟登录",
	QRLabel:    "代替二维码的装饰图案",
	QRNote:     "仅作装饰，无须扫描。“手机”一栏代表应用程序。",
	AppTitle:   "在手机上，此时会打开应用程序",
	AppNote:    "模拟器没有应用程序，由“手机”一栏代替。",
	PhoneTitle: "手机（模拟）",
	Asks:       "以下服务要求你登录：",
	Scopes:     "范围",
	Choose:     "选择测试人物",
	Approve:    "批准",
	Reject:     "拒绝",
	Cancel:     "取消",
	Timeout:    "任其超时",
	Fail:       "使其失败",
	Nothing:    "没有手机有待处理的请求。",
	Until:      "等候至",
	Again:      "重新查看",
	Done:       "完成",
	GoBack:     "请返回原来的服务。",
	Titles: map[string]string{
		"Profile": "个人资料", "Form filling": "填写表格", "Re-authentication": "再次认证",
		"Signing": "数码签署", "PDF signing": "PDF 数码签署",
	},
	Refused: "模拟器拒绝了这项请求",
	Mistake: "未能完成",
}

// wordsFor is forgiving: it also serves pages that say why a request was refused. The default is that of getQR.
func wordsFor(lang string) words {
	switch {
	case strings.EqualFold(lang, langEN):
		return english
	case strings.EqualFold(lang, langCN):
		return simplified
	default:
		return traditional
	}
}
