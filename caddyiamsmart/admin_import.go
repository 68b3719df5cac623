package caddyiamsmart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
)

// importActs are what an administrator says beforehand of many links.
var importActs = map[string]adminAct{"links/import": importLinks}

const (
	maxImport = 500              // lines of one order
	importFor = 20 * time.Second // and the line that comes then is the last
)

// importAsk is a part of an import.
type importAsk struct {
	DryRun  bool         `json:"dry_run,omitempty"`   // say what would become of the lines, and change nothing
	Back    bool         `json:"take_back,omitempty"` // have nobody be expected any more, whatever hashes the lines have
	Certain bool         `json:"certain,omitempty"`   // take the names as they stand where the accounts cannot be looked up
	Lines   []importLine `json:"lines"`               // 1 to 500
}

type importLine struct {
	Account  string `json:"account"`
	HKICHash string `json:"hkic_hash"` // of its person, as `caddy iamsmart hkic hash` writes it
}

// importAnswer says what became of the first lines of a part, at least of one. The
// others are to be sent again: there was no time for them, or something failed at the
// next one, and that is told when it comes first.
type importAnswer struct {
	Lines []importedLine `json:"lines"` // in the order of those that were sent

	// NeedsProfile is set where nothing but imports has this gate ask iAM Smart for
	// a person's profile, so that nobody may have seen yet whether it may.
	NeedsProfile bool `json:"needs_profile,omitempty"`
}

type importedLine struct {
	Account string         `json:"account"` // as the application spells it, if it was found
	Outcome linkup.Outcome `json:"outcome"`
	Cause   string         `json:"cause,omitempty"`  // why the account cannot be read
	Unread  bool           `json:"unread,omitempty"` // no source could look whether there is such an account
}

func importLinks(ctx context.Context, o office, ask json.RawMessage) (any, error) {
	var part importAsk
	if err := readAsk(ask, &part); err != nil {
		return nil, err
	}
	if n := len(part.Lines); n == 0 || n > maxImport {
		return nil, refusedAct(http.StatusBadRequest, fmt.Sprintf("an import takes 1 to %d lines at once", maxImport))
	}
	hashes := make([][32]byte, len(part.Lines))
	for i, line := range part.Lines {
		var ok bool
		if hashes[i], ok = accounts.HKICHashOf(line.HKICHash); !ok || line.Account == "" {
			return nil, refusedAct(http.StatusBadRequest, "each line takes an account, and a hash as 'caddy iamsmart hkic hash' makes it")
		}
	}
	answer := importAnswer{NeedsProfile: !slices.Contains(o.gate.callbackKinds(), requestProfile)}
	for began, i := time.Now(), 0; i < len(hashes) && (i == 0 || time.Since(began) < importFor); i++ {
		done, err := o.importOne(ctx, part, part.Lines[i].Account, hashes[i])
		if err != nil && i == 0 {
			return nil, err
		}
		if err != nil {
			break
		}
		answer.Lines = append(answer.Lines, done)
	}
	return answer, nil
}

// importOne looks an account up and expects its person, or nobody any more. An
// account that is not fit for it is an outcome and no error.
func (o office) importOne(ctx context.Context, part importAsk, name string, hash [32]byte) (importedLine, error) {
	reading, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	f, known, err := o.gate.sources.ByName(reading, name)
	switch {
	case ctx.Err() != nil:
		return importedLine{}, ctx.Err()
	case errors.Is(err, accounts.ErrUnknown):
		return importedLine{Account: name, Outcome: linkup.OutcomeUnknown}, nil
	case errors.Is(err, accounts.ErrWrong):
		return importedLine{Account: name, Outcome: linkup.OutcomeSpelling}, nil
	case err != nil:
		return importedLine{Account: name, Outcome: linkup.OutcomeUnreadable, Cause: err.Error()}, nil
	case part.Back: // also of an account that was closed since
		outcome, err := o.desk.links.Unexpect(ctx, f.Account, f.source, o.actor, part.DryRun)
		return importedLine{Account: f.Name, Outcome: outcome, Unread: !known}, err
	case !known && !part.Certain:
		return importedLine{Account: f.Name, Outcome: linkup.OutcomeUnseen}, nil
	case f.State == accounts.Closed:
		return importedLine{Account: f.Name, Outcome: linkup.OutcomeClosed}, nil
	}
	outcome, err := o.desk.links.Expect(ctx, linkup.Expected{HKICHash: hash, Account: f.Account, Source: f.source}, o.actor, part.DryRun)
	return importedLine{Account: f.Name, Outcome: outcome, Unread: !known}, err
}
