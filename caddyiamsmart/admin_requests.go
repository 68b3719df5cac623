package caddyiamsmart

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// requestActs are an administrator's acts upon requests for accounts.
var requestActs = map[string]adminAct{
	"requests/list":    listRequests,
	"requests/show":    showRequestForm,
	"requests/approve": approveRequest,
	"requests/refuse":  refuseRequest,
}

// eventRequestRead is in the audit trail: the word is stored, so it never changes.
const eventRequestRead = "request_read"

// requestsAsk asks for requests.
type requestsAsk struct {
	listAsk
	All bool `json:"all,omitempty"` // decided ones too
}

// requestsAnswer is one part of the list; it may be empty though there is more.
type requestsAnswer struct {
	Requests []requestEntry `json:"requests"`
	Next     int64          `json:"next,omitempty"` // what to ask after for the next part; 0 where there is none
}

// requestEntry is a request without what the person filled in.
type requestEntry struct {
	Number  int64     `json:"number"`
	State   string    `json:"state"`                // open, approved or refused
	Made    time.Time `json:"made"`                 // by the person
	Expires time.Time `json:"expires"`              // when it is erased
	Decided time.Time `json:"decided,omitzero"`     //
	By      string    `json:"decided_by,omitempty"` // the administrator
	Account string    `json:"account,omitempty"`    // that it was approved for
	Note    string    `json:"note,omitempty"`       // what the person is told of the decision
	Person  string    `json:"person"`               // the pseudonym that applications see
	Altered bool      `json:"altered,omitempty"`    // somebody changed the row in the store: it cannot be decided
}

func (o office) requestEntry(r linkup.ListedRequest) requestEntry {
	return requestEntry{
		Number: r.Number, State: string(r.State), Made: r.CreatedAt, Expires: r.Expires, Decided: r.DecidedAt, By: r.Actor,
		Account: r.AccountName, Note: r.Note, Person: o.gate.pseudonym(o.desk, r.Person), Altered: r.Altered,
	}
}

func listRequests(ctx context.Context, o office, text json.RawMessage) (any, error) {
	var ask requestsAsk
	if err := readAsk(text, &ask); err != nil {
		return nil, err
	}
	rows, next, err := o.desk.links.AllRequests(ctx, ask.All, ask.After, ask.limit())
	if err != nil {
		return nil, err
	}
	answer := requestsAnswer{Requests: []requestEntry{}, Next: next}
	for _, r := range rows {
		answer.Requests = append(answer.Requests, o.requestEntry(r))
	}
	return answer, nil
}

// requestDetail is a request with what the person filled in, until it is decided.
type requestDetail struct {
	requestEntry
	Form []filledField `json:"form,omitempty"`
}

// filledField is one of the fields of 'register request', in their order.
type filledField struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// showRequestForm opens what a person filled in. They gave it to be read for a
// decision, so it is written down who read it.
func showRequestForm(ctx context.Context, o office, text json.RawMessage) (any, error) {
	r, err := o.request(ctx, text)
	if err != nil {
		return nil, err
	}
	form, err := o.gate.openRequest(o.desk, r)
	if err != nil {
		return nil, err
	}
	detail := requestDetail{requestEntry: o.requestEntry(linkup.ListedRequest{Registration: r})}
	for _, row := range form.rows(registerFields) {
		detail.Form = append(detail.Form, filledField{row.Label, row.Value})
	}
	if len(detail.Form) == 0 {
		return detail, nil
	}
	err = o.desk.trail.Write(ctx, o.desk.rows, store.Audit{
		Event: eventRequestRead, Person: detail.Person, Way: linkup.ByRequest, Actor: o.actor, Ref: fmt.Sprintf("request %d", r.Number),
	})
	return detail, err
}

func (o office) request(ctx context.Context, text json.RawMessage) (store.Registration, error) {
	var ask numberAsk
	if err := readAsk(text, &ask); err != nil {
		return store.Registration{}, err
	}
	return o.desk.links.RequestByNumber(ctx, ask.Number)
}

// approveAsk approves a request.
type approveAsk struct {
	Number  int64  `json:"number"`
	Account string `json:"account"`           // the name of the account that the person gets
	Certain bool   `json:"certain,omitempty"` // as in codeAsk
	Note    string `json:"note,omitempty"`    // what the person is told, at most 2048 bytes
}

// approveAnswer is the link that was made.
type approveAnswer struct {
	Request  int64     `json:"request"`
	Link     linkEntry `json:"link"`
	LookedUp bool      `json:"looked_up"` // whether the accounts know of the account
}

func approveRequest(ctx context.Context, o office, text json.RawMessage) (any, error) {
	var ask approveAsk
	err := readAsk(text, &ask)
	if err == nil {
		err = checkNote(ask.Note)
	}
	if err != nil {
		return nil, err
	}
	f, looked, err := o.account(ctx, ask.Account, ask.Certain)
	if err != nil {
		return nil, err
	}
	l, err := o.desk.links.Approve(ctx, ask.Number, f.Record, f.source, o.actor, ask.Note)
	if err != nil {
		return nil, whyNoLink(err)
	}
	o.gate.logger.Info("request approved by an administrator", append(o.gate.who(o.desk, l.Person), zap.Int64("request", ask.Number))...)
	return approveAnswer{ask.Number, o.linkEntry(linkup.ListedLink{Link: l}), looked}, nil
}

// refuseAsk refuses a request.
type refuseAsk struct {
	Number int64  `json:"number"`
	Note   string `json:"note,omitempty"` // what the person is told, at most 2048 bytes
}

// refuseAnswer says that it is refused.
type refuseAnswer struct {
	Request int64 `json:"request"`
}

func refuseRequest(ctx context.Context, o office, text json.RawMessage) (any, error) {
	var ask refuseAsk
	err := readAsk(text, &ask)
	if err == nil {
		err = checkNote(ask.Note)
	}
	if err == nil {
		err = o.desk.links.Refuse(ctx, ask.Number, o.actor, ask.Note)
	}
	if err != nil {
		return nil, whyNoLink(err)
	}
	o.gate.logger.Info("request refused by an administrator", zap.Int64("request", ask.Number))
	return refuseAnswer{ask.Number}, nil
}

func checkNote(note string) error {
	if len(note) > store.MaxNote || note != printable(note) {
		return refusedAct(http.StatusBadRequest, fmt.Sprintf("a note has at most %d bytes, all of them printable", store.MaxNote))
	}
	return nil
}
