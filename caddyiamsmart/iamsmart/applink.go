package iamsmart

import (
	"errors"
	"fmt"
	"strings"
)

// The schemes of the iAM Smart app.
const (
	AppScheme        = "hk.gov.iamsmart"
	AppSchemeTesting = "hk.gov.iamsmart.testapp"
)

// appWords are what stands behind the scheme, where it is known.
var appWords = map[Function]string{
	FunctionProfile:          "profile",
	FunctionReauthentication: "re-auth",
	FunctionSigning:          "hash-sign",
}

// AppLink is the address that opens the iAM Smart app on the person's own phone with a request that has begun. It belongs
// behind a button that the person presses. The error says that the function has no known link (form filling and the signing
// of PDFs have none unless Config.AppWords gives it), or that the ticket is malformed.
func (c *Client) AppLink(f Function, ticketID string) (string, error) {
	word, own := c.appWords[f]
	if !own {
		word = appWords[f]
	}
	if word == "" {
		return "", &Error{Kind: KindConfig, Op: string(f), Err: errors.New("no link that opens the app is known for this function")}
	}
	if !wellFormed(ticketID, maxTicketID, isCodeByte) {
		return "", &Error{Kind: KindProtocol, Op: string(f), Err: errors.New("the ticket is empty, too long or malformed")}
	}
	return c.appScheme + "://" + word + "?" + encodePairs([]string{"ticketID", ticketID}), nil
}

// checkApp checks what links to the app are made of. A scheme must hold a dot, as those of apps do: javascript and its like
// do not.
func checkApp(scheme string, words map[Function]string) error {
	isSchemeByte := func(b byte) bool { return isAlphanumeric(b) || strings.IndexByte(".+-", b) >= 0 }
	if !wellFormed(scheme, 64, isSchemeByte) || !strings.Contains(scheme, ".") || scheme[0] < 'a' || scheme[0] > 'z' {
		return fmt.Errorf("the scheme is not that of an app; it looks like %s", AppScheme)
	}
	for f, word := range words {
		if _, known := functionPaths[f]; !known {
			return fmt.Errorf("there is no function %q", f)
		}
		if !wellFormed(word, 64, isStateByte) {
			return fmt.Errorf("the word of %s is empty, too long, or holds other characters than letters, digits, _ and -", f)
		}
	}
	return nil
}
