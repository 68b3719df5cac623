package session

import "time"

// DirectLife is how long the page that asks who came from the iAM Smart app may
// stay open. The code itself lives a minute at most.
const DirectLife = 5 * time.Minute

// SealDirect seals the code of somebody who came from the iAM Smart app for a
// hidden form field, so that it is not spent before they have said yes.
func (m *Manager) SealDirect(code string) (string, error) { return m.direct.seal([]byte(code)) }

// OpenDirect opens a form field that SealDirect made within DirectLife. It is
// false for anything else.
func (m *Manager) OpenDirect(sealed string) (code string, ok bool) {
	plain, err := m.direct.open(sealed)
	return string(plain), err == nil && len(plain) > 0
}
