package main

// voice is what the gate has to say in one language. It is written down here
// once more, by hand: the pages must not be their own judge.
type voice struct {
	tag      string
	button   string // iAM Smart's own wording
	moreInfo string
	moreAt   string
	mayTry   string // three tries are left
	notSaved string // the password
	headings map[string]string
}

var voices = []voice{
	{
		tag: "zh-HK", button: "智方便登入", moreInfo: "了解更多", moreAt: "https://www.iamsmart.gov.hk/tc/",
		mayTry: "尚餘 3 次。", notSaved: "不會儲存",
		headings: map[string]string{
			"login": "登入Care records", "choice": "首次以「智方便」登入", "linkform": "連結你的Care records帳戶",
			"confirm": "這是你的帳戶嗎？", "linked": "帳戶已成功連結", "logoutask": "確定登出？", "loggedout": "你已登出",
			"declined": "登入已取消", "toolate": "時限已過", "otherbrowser": "這是另一個瀏覽器",
			"unavailable": "「智方便」暫時未能使用", "toomany": "嘗試次數過多", "taken": "帳戶已被連結",
			"cannotcheck": "暫時未能核對帳戶", "loop": "登入不斷重新開始", "notfound": "找不到頁面", "frame": "請先登入",
			"otherperson": "這次連結由另一人開始", "undone": "連結已撤銷",
		},
	},
	{
		tag: "zh-CN", button: "智方便登入", moreInfo: "了解更多", moreAt: "https://www.iamsmart.gov.hk/sc/",
		mayTry: "尚余 3 次。", notSaved: "不会储存",
		headings: map[string]string{
			"login": "登入Care records", "choice": "首次以“智方便”登入", "linkform": "连结你的Care records账户",
			"confirm": "这是你的账户吗？", "linked": "账户已成功连结", "logoutask": "确定登出？", "loggedout": "你已登出",
			"declined": "登入已取消", "toolate": "时限已过", "otherbrowser": "这是另一个浏览器",
			"unavailable": "“智方便”暂时未能使用", "toomany": "尝试次数过多", "taken": "账户已被连结",
			"cannotcheck": "暂时未能核对账户", "loop": "登入不断重新开始", "notfound": "找不到页面", "frame": "请先登入",
			"otherperson": "这次连结由另一人开始", "undone": "连结已撤销",
		},
	},
	{
		tag: "en", button: "Login with iAM Smart", moreInfo: "More info", moreAt: "https://www.iamsmart.gov.hk/en/",
		mayTry: "3 tries left.", notSaved: "not kept",
		headings: map[string]string{
			"login": "Log in to Care records", "choice": "First login with iAM Smart", "linkform": "Link your Care records account",
			"confirm": "Is this your account?", "linked": "Your account has been linked", "logoutask": "Log out?",
			"loggedout": "You are logged out", "declined": "Login cancelled", "toolate": "The time is over",
			"otherbrowser": "This is another browser", "unavailable": "iAM Smart is not available now",
			"toomany": "Too many tries", "taken": "Account already linked", "cannotcheck": "Your account cannot be checked now",
			"loop": "The login keeps starting again", "notfound": "Page not found", "frame": "Please log in",
			"otherperson": "Another person began this", "undone": "The link has been undone",
		},
	},
}
