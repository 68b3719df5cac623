package iamsmart

import "context"

// RevokeKey ends the content key at iAM Smart and forgets it here, along with the one before it; the next call fetches a new
// one. It is for a key that may be known to others, and for switching to a new encipherment certificate at once, since
// iAM Smart otherwise wraps with the old one until the content key ends. Callbacks under way are lost with the key.
// The keys are forgotten here, and in the KeyStore, even if the call fails; another process may use them until it is refused. Every error is an *Error.
func (c *Client) RevokeKey(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	_, err := c.caller.post(ctx, FunctionRevokeKey, c.caller.bare())
	c.ceks.forget()
	c.ceks.wipe()
	return err
}
