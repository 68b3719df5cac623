package form

import (
	"regexp"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// The words by which pages are read, in the languages of the apps here. None of
// them decides a login: they say where to look, and what they find becomes a
// rule only if it tells right from wrong.
var (
	// A way out is followed when it is found, so these are narrow: an app for
	// residents has other links that lead "out", and signs medicines off. 退出
	// alone, 離開 and 註銷 may do something to a record.
	logoutAddress  = regexp.MustCompile(`(?i)[\w./=-]*log[-_]?(?:out|off)(?:[^a-z]|$)`)
	logoutText     = regexp.MustCompile(`(?i)^(?:log ?out|log ?off|登出|登出系統|退出系統|登出系统|退出系统|退出登入|退出登录)(?:$|[ :：(（])`)
	signOutAddress = regexp.MustCompile(`(?i)^[a-z./_-]*/sign[-_]?out(?:\.[a-z]+)?$`) // no query and no number: of nobody but oneself

	greeting = regexp.MustCompile(`(?i)logged in as|signed in as|welcome(?: back)?|hello|good (?:day|morning|afternoon|evening)|登入成功|登录成功|歡迎|欢迎|您好|你好`)
	refusal  = regexp.MustCompile(`(?i)wrong|invalid|incorrect|not correct|not valid|not match|mismatch|not found|unknown|fail|denied|sorry|try again|錯誤|错误|不正確|不正确|有誤|有误|無效|无效|失敗|失败|不符|不存在|再試|重試`)
	// named stands right before an account's name, announces somewhere before it.
	announces = regexp.MustCompile(`(?i)\b(?:logged|signed) in as\b[:：]?|\buser(?: ?name| ?id)?[:：]|(?:登入者|使用者|用戶名稱|用户名|用戶|用户|帳戶|账户|帳號|账号)[:：]`)
	named     = regexp.MustCompile(`(?i)(?:\b(?:(?:logged|signed) in as|user ?name|user ?id|user|login(?: name| id)?|account|welcome(?: back)?|hello|hi)|登入者|使用者|用戶名稱|用户名|用戶|用户|帳戶|账户|帳號|账号|歡迎|欢迎|您好|你好)[^\pL\pN]*$`)

	secondFactor = regexp.MustCompile(`(?i)two[- ]?factor|two[- ]?step|second factor|2fa|mfa\b|\botp\b|totp|one[- ]?time|authenticator|verification code|security code|驗證碼|验证码|一次性密碼|雙重認證|雙重驗證|兩步驗證|动态密码|動態密碼`)
	newPassword  = regexp.MustCompile(`(?i)expired|must (?:be )?change|change your password|new password|過期|过期|到期|更改密碼|修改密碼|新密碼|更改密码|修改密码|新密码`)

	captchaWidget = regexp.MustCompile(`(?i)g-recaptcha|recaptcha/api|grecaptcha|h-captcha|hcaptcha\.com|cf-turnstile|challenges\.cloudflare\.com|geetest|friendly-?captcha|altcha`)
	captchaWord   = regexp.MustCompile(`(?i)captcha|verify_?(?:code|img|image)|(?:check|auth|valid(?:ate|ation)?|rand|sec|security|image|img|pic)_?code\b|\bv_?code\b|\bcode\.(?:php|aspx?|jsp)|圖形驗證|驗證碼|验证码|校驗碼|characters (?:you see|in the (?:image|picture))|type what you see`)

	// What a script does to a password before it is sent.
	cryptWord = regexp.MustCompile(`(?i)\b(?:hex_)?(?:md5|sha1|sha256|sha512|bcrypt|hmac)\b|crypto-?js|jsencrypt|\brsa(?:key|encrypt)?\b|encrypt|forge(?:\.min)?\.js|\bsm[234]\b`)
	// The root of a page that script builds.
	builtByScript = regexp.MustCompile(`(?i)<(?:div|main|section)[^>]{0,200}\bid=["']?(?:root|app|__next|__nuxt|q-app|main-app)\b|<app-root|\bng-app\b|enable javascript|需要 ?javascript|請啟用 ?javascript`)
)

// tokenLike tells what may be secret or of one visit only: an identifier, a
// time. An ordinary value in an address is neither long nor mixed with digits.
func tokenLike(s string) bool {
	digits := digitsIn(s)
	return digits >= 5 || digits > 0 && len(s) >= 8 || len(s) >= 20 && strings.ToLower(s) != s
}

// tokenSegment is tokenLike for a part of a path, where names are longer and
// have versions in them.
func tokenSegment(s string) bool {
	s = strings.TrimSuffix(s, "/")
	digits := digitsIn(s)
	return !strings.Contains(s, ".") && (digits >= 6 || digits > 0 && len(s) >= 16 || len(s) >= 20 && strings.ToLower(s) != s)
}

func digitsIn(s string) (n int) {
	for i := range len(s) {
		if '0' <= s[i] && s[i] <= '9' {
			n++
		}
	}
	return n
}

// phrases cuts text where a rule may not reach over: at digits, which change, at
// line ends, at what was typed, and at what a Caddyfile cannot hold as it is.
// Only pieces of some length stay.
func phrases(text string, typed ...string) []string {
	for _, t := range typed {
		if t != "" {
			text = replaceFold(text, t, "\n")
		}
	}
	pieces := strings.FieldsFunc(text, func(r rune) bool {
		return '0' <= r && r <= '9' || accounts.Unseen(r) || strings.ContainsRune("{}\"`\\", r)
	})
	var kept []string
	for _, piece := range pieces {
		piece = strings.TrimSpace(firstRunes(strings.TrimSpace(piece), maxPhrase))
		if len(piece) >= minPhrase {
			kept = append(kept, piece)
		}
	}
	return kept
}

const (
	minPhrase = 4  // bytes: two Chinese characters, or a short word
	maxPhrase = 60 // runes
)

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// replaceFold replaces each t in s, whatever its case.
func replaceFold(s, t, by string) string {
	fold := regexp.MustCompile("(?i)" + regexp.QuoteMeta(t))
	return fold.ReplaceAllLiteralString(s, by)
}
