package iamsmart

import "strings"

// Source tells iAM Smart which browser the person sits at, so that its app can go back to that browser afterwards.
type Source string

// The sources that SourceOf can tell from a User-Agent.
const (
	SourcePC             Source = "PC_Browser"
	SourceAndroidChrome  Source = "Android_Chrome"
	SourceAndroidFirefox Source = "Android_Firefox"
	SourceAndroidEdge    Source = "Android_Edge"
	SourceAndroidSamsung Source = "Android_Samsung"
	SourceAndroidHuawei  Source = "Android_Huawei"
	SourceAndroidXiaomi  Source = "Android_Xiaomi"
	SourceIOSSafari      Source = "iOS_Safari"
	SourceIOSChrome      Source = "iOS_Chrome"
	SourceIOSFirefox     Source = "iOS_Firefox"
	SourceIOSEdge        Source = "iOS_Edge"
)

// The sources that SourceOf cannot tell: the browsers within the iAM Smart app, whose User-Agent is not published, and apps,
// which getQR does not take.
const (
	SourceAndroidIAMSmart Source = "Android_IMS_InAppBrowser"
	SourceIOSIAMSmart     Source = "iOS_IMS_InAppBrowser"
	SourceAppLink         Source = "App_Link"
	SourceAppPackage      Source = "App_Package"
	SourceAppScheme       Source = "App_Scheme"
)

// sources are all that iAM Smart knows.
var sources = []Source{
	SourcePC, SourceAndroidChrome, SourceAndroidFirefox, SourceAndroidEdge, SourceAndroidSamsung, SourceAndroidHuawei,
	SourceAndroidXiaomi, SourceAndroidIAMSmart, SourceIOSSafari, SourceIOSChrome, SourceIOSFirefox, SourceIOSEdge,
	SourceIOSIAMSmart, SourceAppLink, SourceAppPackage, SourceAppScheme,
}

// Mobile tells whether the person sits at the phone or tablet that may hold the iAM Smart app itself.
func (s Source) Mobile() bool { return s != SourcePC && s != "" }

// browserMark is a word that only this browser's User-Agent holds.
type browserMark struct {
	word   string
	source Source
}

// The order matters: nearly every browser also calls itself Chrome or Safari, so those come last.
var (
	iOSBrowsers = []browserMark{
		{"fxios", SourceIOSFirefox},
		{"edgios", SourceIOSEdge},
		{"crios", SourceIOSChrome},
	}
	// A Huawei or Honor browser says so in one word. The maker's name alone is no mark: it stands in the User-Agent of any
	// Chrome on such a phone, and the person must come back to that Chrome.
	androidBrowsers = []browserMark{
		{"samsungbrowser", SourceAndroidSamsung},
		{"miuibrowser", SourceAndroidXiaomi},
		{"huaweibrowser", SourceAndroidHuawei},
		{"honorbrowser", SourceAndroidHuawei},
		{"edga/", SourceAndroidEdge},
		{"firefox", SourceAndroidFirefox},
		{"chrome", SourceAndroidChrome},
	}
)

// SourceOf tells the source from a User-Agent header. What it does not know is SourcePC, which shows the QR code and so
// works everywhere. That includes an iPad, whose browser calls itself a Macintosh unless the person asks for mobile sites:
// the User-Agent alone cannot tell it from a desktop.
func SourceOf(userAgent string) Source {
	agent := strings.ToLower(userAgent)
	switch {
	case strings.Contains(agent, "iphone"), strings.Contains(agent, "ipad"), strings.Contains(agent, "ipod"):
		return firstMark(agent, iOSBrowsers, SourceIOSSafari)
	case strings.Contains(agent, "android"):
		return firstMark(agent, androidBrowsers, SourcePC)
	}
	return SourcePC
}

func firstMark(agent string, marks []browserMark, otherwise Source) Source {
	for _, mark := range marks {
		if strings.Contains(agent, mark.word) {
			return mark.source
		}
	}
	return otherwise
}
