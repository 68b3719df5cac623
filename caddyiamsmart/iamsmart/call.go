package iamsmart

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxAnswer bounds every answer, in bytes. Real ones have a few thousand.
const maxAnswer = 1 << 20

// caller makes signed calls.
type caller struct {
	base     string
	protocol Protocol // completed
	http     *http.Client
	signer   *signer
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
	op := string(f)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+c.protocol.pathOf(f), bytes.NewReader(body))
	if err != nil {
		return answer{}, &Error{Kind: KindConfig, Op: op, Err: errors.New("the address of the call is not a URL")}
	}
	request.Header.Set("Content-Type", "application/json")
	c.signer.sign(request.Header, body)
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, &Error{Kind: KindUnavailable, Op: op, Err: fmt.Errorf("calling: %w", ownWords(err))}
	}
	defer response.Body.Close()
	got, err := c.judge(op, response)
	return got, withClock(withOptions(err, f, response.StatusCode), response.Header, c.now())
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

// callSealed makes a call whose body and answer are sealed with the content key: request goes out as JSON, the clear text of
// the answer is given back.
//
// It goes out once. Only where iAM Smart says that it could not use the key is a new key fetched and the call made once
// more. Whatever else went wrong may have gone wrong after iAM Smart acted on the call, and a code is spent only once.
func (c *Client) callSealed(ctx context.Context, f Function, request any) ([]byte, error) {
	got, used, err := c.callForAnswer(ctx, f, request)
	if err != nil {
		return nil, err
	}
	return c.openAnswer(string(f), got, used)
}

// callForAnswer is callSealed for calls whose answer says no more than its code.
func (c *Client) callForAnswer(ctx context.Context, f Function, request any) (answer, *cek, error) {
	plain, err := json.Marshal(request)
	if err != nil {
		return answer{}, nil, &Error{Kind: KindProtocol, Op: string(f), Err: errors.New("the request cannot be written as JSON")}
	}
	used, err := c.ceks.get(ctx)
	if err != nil {
		return answer{}, nil, err
	}
	got, err := c.postSealed(ctx, f, used, plain)
	if keyTrouble(err) {
		c.ceks.drop(used)
		if used, err = c.ceks.get(ctx); err != nil {
			return answer{}, nil, err
		}
		got, err = c.postSealed(ctx, f, used, plain)
	}
	return got, used, err
}

func (c *Client) postSealed(ctx context.Context, f Function, key *cek, plain []byte) (answer, error) {
	body, err := json.Marshal(envelope{Content: key.seal(plain)})
	if err != nil {
		return answer{}, &Error{Kind: KindProtocol, Op: string(f), Err: errors.New("the envelope cannot be written as JSON")}
	}
	return c.caller.post(ctx, f, body)
}

// openAnswer opens the content of an answer. If it does not open, iAM Smart has most likely changed the key between question
// and answer: ours is dropped, so that the next call starts with a new one.
func (c *Client) openAnswer(op string, got answer, used *cek) ([]byte, error) {
	var content string
	if json.Unmarshal(got.Content, &content) != nil || content == "" {
		return nil, &Error{Kind: KindProtocol, Op: op, Err: errors.New("the answer has no sealed content")}
	}
	plain, err := used.open(content)
	if err != nil {
		c.ceks.drop(used)
		return nil, &Error{Kind: KindProtocol, Op: op, Err: fmt.Errorf("opening answer: %w", err)}
	}
	return plain, nil
}
