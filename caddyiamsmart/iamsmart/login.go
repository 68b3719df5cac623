package iamsmart

import (
	"net/url"
	"strings"
)

// The scopes. Every one wanted later must be asked for at the login too, and each must have been granted in the portal.
const (
	ScopeAuth        = "eidapi_auth"        // a login
	ScopeProfiles    = "eidapi_profiles"    // profile and form filling of a person who is logged in
	ScopeFormFilling = "eidapi_formFilling" // anonymous form filling
	ScopeSign        = "eidapi_sign"        // signing
	ScopeFR          = "eidapi_fr"          // re-authentication
)

// ProfileScope is the scope that [Client.RequestProfile] needs, as the option profile_scope says.
func (c *Client) ProfileScope() string {
	if c.caller.protocol.ProfileScope == "auth" {
		return ScopeAuth
	}
	return ScopeProfiles
}

// LoginRequest says how one person is sent to iAM Smart.
type LoginRequest struct {
	// RedirectURI is where iAM Smart sends the browser back: exactly as registered in the portal.
	RedirectURI string
	// State comes back unchanged: at most 36 of A-Z a-z 0-9 _ -, fresh and not guessable.
	State string
	// Scopes are what the token shall allow.
	Scopes []string
	// Source is the browser that the person sits at. Empty means SourcePC.
	Source Source
	// Language of iAM Smart's page: en-US, zh-HK or zh-CN. Empty leaves it to iAM Smart (zh-HK).
	Language string
	// BrokerPage asks for the page that opens the app on this very phone; without it iAM Smart shows the QR code. It has no
	// effect on a PC.
	BrokerPage bool
	// TicketID is that of a request of an anonymous person. Empty for a login.
	TicketID string
}

// LoginURL is the address of iAM Smart's login page for this request; the browser goes there as a top-level navigation.
// It holds no secret. It does not check the request: iAM Smart shows its own error page for one that it does not like.
func (c *Client) LoginURL(request LoginRequest) string {
	source := request.Source
	if source == "" {
		source = SourcePC
	}
	query := []string{
		"clientID", c.clientID,
		"responseType", "code",
		"source", string(source),
		"redirectURI", request.RedirectURI,
		"scope", strings.Join(request.Scopes, " "),
	}
	if request.Language != "" {
		query = append(query, "lang", request.Language)
	}
	if request.State != "" {
		query = append(query, "state", request.State)
	}
	if word := brokerWords[c.caller.protocol.BrokerPage]; request.BrokerPage && source.Mobile() && word != "" {
		query = append(query, "brokerPage", word)
	}
	if request.TicketID != "" {
		query = append(query, "ticketID", request.TicketID)
	}
	return c.webBase + c.caller.protocol.pathOf(FunctionGetQR) + "?" + encodePairs(query)
}

// brokerWords are the words for true by the option broker_page.
var brokerWords = map[string]string{"lower": "true", "capital": "True"}

// encodePairs writes names and values in the given order, which is that of the documents, and a blank as %20, since the
// samples of the scope show it so and not every server reads a plus sign as a blank.
func encodePairs(pairs []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pairs[i])
		b.WriteByte('=')
		b.WriteString(percentEncoded(pairs[i+1]))
	}
	return b.String()
}

func percentEncoded(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
