package iamsmart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// caller makes signed calls.
type caller struct {
	base     string
	protocol Protocol // completed
	http     *http.Client
	signer   *signer
	breaker  *breaker
	jitter   func() float64                             // 0 to 1
	pause    func(context.Context, time.Duration) error // sleep
	now      func() time.Time
}

// bare is the body of a call without parameters.
func (c *caller) bare() []byte {
	if c.protocol.GetKeyBody == "object" {
		return []byte("{}")
	}
	return nil
}

// post signs and sends one body, which may be nil, and gives the answer if it says success. Every error is an *Error.
func (c *caller) post(ctx context.Context, f Function, body []byte) (answer, error) {
	return c.call(ctx, f, func() ([]byte, error) { return body, nil })
}

// call makes a call, and again up to two times where it got no answer and that is safe: the function may be asked twice, or
// there was no connection, so that nothing was sent. Seal makes each try's body. It asks nobody while the breaker is open.
func (c *caller) call(ctx context.Context, f Function, seal func() ([]byte, error)) (answer, error) {
	var err error // of the try before
	for tries := 0; ; tries++ {
		body, sealErr := seal()
		if sealErr != nil {
			return answer{}, sealErr
		}
		turn, open := c.breaker.enter()
		if open != nil && err == nil {
			err = &Error{Kind: KindUnavailable, Op: string(f), Err: open, RetryAt: open.until}
		}
		if open != nil {
			return answer{}, err
		}
		var got answer
		var came came
		got, came, err = c.exchange(ctx, f, body)
		c.breaker.leave(turn, came.outcome, came.wait)
		if err == nil {
			return got, nil
		}
		if tries == maxRepeats || triedOnce(ctx) || came.wait > 0 || !mayRepeat(f, came.outcome, err) ||
			c.pause(ctx, pauseBefore(tries, c.jitter())) != nil {
			return answer{}, err
		}
	}
}

// callSealed makes a call whose body and answer are sealed with the content key: request goes out as JSON, the clear text of
// the answer is given back.
//
// Where iAM Smart says that it could not use the key, the call is made once more under a new one: what it could not read it
// has not acted on. If the new key was only read from the KeyStore and is refused too, there is a third try, under that of a
// getKey. Whatever else went wrong may have gone wrong after iAM Smart acted on the call, and a code is spent only once.
func (c *Client) callSealed(ctx context.Context, f Function, request any) ([]byte, error) {
	got, used, err := c.callForAnswer(ctx, f, request)
	if err != nil {
		return nil, err
	}
	return c.openAnswer(ctx, string(f), got, used)
}

// callForAnswer is callSealed for calls whose answer says no more than its code.
func (c *Client) callForAnswer(ctx context.Context, f Function, request any) (answer, *cek, error) {
	plain, err := json.Marshal(request)
	if err != nil {
		return answer{}, nil, &Error{Kind: KindProtocol, Op: string(f), Err: errors.New("the request cannot be written as JSON")}
	}
	for tries := 0; ; tries++ {
		used, err := c.ceks.get(ctx)
		if err != nil {
			return answer{}, nil, err
		}
		got, err := c.postSealed(ctx, f, used, plain)
		if !keyTrouble(err) || tries == 2 || tries == 1 && used.fetched {
			return got, used, err
		}
		c.ceks.drop(used)
	}
}

func (c *Client) postSealed(ctx context.Context, f Function, key *cek, plain []byte) (answer, error) {
	return c.caller.call(ctx, f, func() ([]byte, error) {
		body, err := json.Marshal(envelope{Content: key.seal(plain)})
		if err != nil {
			return nil, &Error{Kind: KindProtocol, Op: string(f), Err: errors.New("the envelope cannot be written as JSON")}
		}
		return body, nil
	})
}

// openAnswer opens the content of an answer. If it does not open with the key of the question, iAM Smart has most likely
// changed the key in between. The call has been acted on and cannot be made again, so the other keys at hand are tried, and
// then that of one getKey.
func (c *Client) openAnswer(ctx context.Context, op string, got answer, used *cek) ([]byte, error) {
	var content string
	if json.Unmarshal(got.Content, &content) != nil || content == "" {
		return nil, &Error{Kind: KindProtocol, Op: op, Err: errors.New("the answer has no sealed content")}
	}
	plain, err := used.open(content)
	if errors.Is(err, errOtherKey) {
		plain, err = c.openWithOthers(ctx, content, used)
	}
	var failure *Error
	if err != nil && !errors.As(err, &failure) {
		err = &Error{Kind: KindProtocol, Op: op, Err: fmt.Errorf("opening answer: %w", err)}
	}
	return plain, err
}

func (c *Client) openWithOthers(ctx context.Context, content string, used *cek) ([]byte, error) {
	for _, key := range c.ceks.candidates() {
		if key.same(used) {
			continue
		}
		if plain, err := key.open(content); err == nil {
			return plain, nil
		}
	}
	for tries := 0; ; tries++ {
		key, err := c.ceks.get(ctx)
		if err != nil {
			return nil, err
		}
		plain, err := key.open(content)
		if err == nil || tries == 2 || tries == 1 && key.fetched {
			return plain, err
		}
		c.ceks.drop(key)
	}
}
