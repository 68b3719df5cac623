package iamsmart

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxAnswer bounds every answer, in bytes. Real ones have a few thousand.
const maxAnswer = 1 << 20

// came is what one try says about iAM Smart, beside its answer or error.
type came struct {
	outcome
	wait time.Duration // what the answer asked us to wait
}

// exchange signs and sends one body once.
func (c *caller) exchange(ctx context.Context, f Function, body []byte) (answer, came, error) {
	op := string(f)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+c.protocol.pathOf(f), bytes.NewReader(body))
	if err != nil {
		return answer{}, came{}, &Error{Kind: KindConfig, Op: op, Err: errors.New("the address of the call is not a URL")}
	}
	request.Header.Set("Content-Type", "application/json")
	arrived := c.signer.sign(request.Header, body)
	response, err := c.http.Do(request)
	arrived()
	if err != nil {
		failure := &Error{Kind: KindUnavailable, Op: op, Err: fmt.Errorf("calling: %w", ownWords(err))}
		return answer{}, came{outcome: withoutAnswer(ctx, err)}, failure
	}
	defer response.Body.Close()
	got, err := c.judge(op, response)
	wait := waitAsked(response.StatusCode, response.Header, c.now())
	var failure *Error
	if errors.As(err, &failure) && wait > 0 {
		failure.RetryAt = c.now().Add(wait)
	}
	said := came{outcomeOf(ctx, failure, response.StatusCode), wait}
	return got, said, withClock(withOptions(err, f, response.StatusCode), response.Header, c.now())
}

// withoutAnswer is the outcome of a call that failed on its way. Only where no connection came about, to iAM Smart or to the
// proxy before it, is it certain that nothing was sent.
func withoutAnswer(ctx context.Context, err error) outcome {
	var network *net.OpError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return outcomeUnknown
	case errors.As(err, &network) && (network.Op == "dial" || network.Op == "proxyconnect"):
		return outcomeUnsent
	}
	return outcomeAway
}

// outcomeOf tells an iAM Smart that says no, which is there, from one that is not, or something else in its place.
func outcomeOf(ctx context.Context, failure *Error, status int) outcome {
	switch {
	case failure == nil:
		return outcomeAnswered
	case errors.Is(ctx.Err(), context.Canceled):
		return outcomeUnknown
	case overloaded(status) || status == http.StatusRequestTimeout:
		if failure.Number != 0 && failure.Kind != KindUnavailable {
			return outcomeAnswered
		}
		return outcomeAway
	case failure.Number != 0, status >= 400:
		return outcomeAnswered
	}
	return outcomeAway // a success without its contents, or a redirect
}

// judge reads an answer, one byte past the bound at most. What is left unread is thrown away with the connection.
func (c *caller) judge(op string, response *http.Response) (answer, error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return answer{}, &Error{Kind: KindUnavailable, Op: op, Err: fmt.Errorf("reading answer: %w", ownWords(err))}
	}
	if len(body) > maxAnswer {
		return answer{}, &Error{Kind: KindUnavailable, Op: op, Err: errors.New("the answer is larger than 1 MiB")}
	}
	return readAnswer(op, response.StatusCode, response.Header.Get("Content-Type"), body)
}
