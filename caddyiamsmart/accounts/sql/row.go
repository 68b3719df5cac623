package sql

import (
	"context"
	dbsql "database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	mssql "github.com/microsoft/go-mssqldb"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	queryTime  = 10 * time.Second
	maxColumns = 64
	maxValue   = 8 << 10 // bytes of a column
)

// row is what a statement found, by the names of its columns in lower case.
type row map[string]string

// What is known of the columns. Every other one is an attribute.
var known = []string{"key", "name", "hash", "salt", "state", "hkic", "display_name"}

var errNoRow = errors.New("no row")

// one runs the statement and returns its one row: errNoRow where there is none,
// and otherwise an error that wraps ErrCannotCheck, ErrSeveral or, where a column
// that is needed is missing, ErrUnusable.
func (s *SQL) one(ctx context.Context, st statement, value string, needed ...string) (row, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	tx, err := s.db.BeginTx(ctx, &dbsql.TxOptions{ReadOnly: s.set.driver.readOnly})
	if err != nil {
		return nil, s.set.cannot(ctx, err)
	}
	defer tx.Rollback() // always: nothing here is ever to be kept
	rows, err := tx.QueryContext(ctx, st.text, st.args(value)...)
	if err != nil {
		return nil, s.set.cannot(ctx, err)
	}
	defer rows.Close()
	names, err := columns(rows, needed)
	if err != nil {
		return nil, err
	}
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, s.set.cannot(ctx, err)
		}
		return nil, errNoRow
	}
	found, err := s.set.driver.read(rows, names)
	if err != nil {
		return nil, s.set.cannot(ctx, err)
	}
	if rows.Next() {
		return nil, accounts.ErrSeveral
	}
	if err := rows.Err(); err != nil {
		return nil, s.set.cannot(ctx, err)
	}
	return found, nil
}

func columns(rows *dbsql.Rows, needed []string) ([]string, error) {
	names, err := rows.Columns()
	if err != nil || len(names) > maxColumns {
		return nil, fmt.Errorf("%w: the statement has more than %d columns", accounts.ErrUnusable, maxColumns)
	}
	for i, name := range names {
		names[i] = strings.ToLower(name)
		if slices.Contains(names[:i], names[i]) {
			return nil, fmt.Errorf("%w: the statement has two columns '%s'; name one of them otherwise by AS", accounts.ErrUnusable, names[i])
		}
	}
	for _, name := range needed {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%w: the statement has no column '%s'; call the one that holds it so by AS", accounts.ErrUnusable, name)
		}
	}
	return names, nil
}

func (d driver) read(rows *dbsql.Rows, names []string) (row, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	values, places := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		places[i] = &values[i]
	}
	if err := rows.Scan(places...); err != nil {
		return nil, err
	}
	found := make(row)
	for i, name := range names {
		kind := types[i].DatabaseTypeName()
		if d.unfilled {
			kind = ""
		}
		value, err := text(values[i], kind)
		if err != nil {
			return nil, ownWords(fmt.Sprintf("column '%s': %v", name, err))
		}
		if !slices.Contains(exact, name) {
			value = strings.TrimSpace(value)
		}
		found[name] = value
	}
	return found, nil
}

// exact are the columns whose blanks count: " admin" is another account than
// admin, and must not become it here.
var exact = []string{"name", "key", "salt"}

// fixed are the types of columns that a database fills with blanks.
var fixed = []string{"CHAR", "BPCHAR", "NCHAR"}

// text writes a value as the app's own pages would, without the blanks that
// columns of a fixed width are filled with. NULL is empty.
func text(value any, kind string) (string, error) {
	var s string
	switch v := value.(type) {
	case nil:
	case string:
		s = v
	case []byte:
		switch {
		case kind == "UNIQUEIDENTIFIER" && len(v) == 16:
			var id mssql.UniqueIdentifier
			if err := id.Scan(v); err != nil {
				return "", errors.New("it is no identifier")
			}
			s = id.String()
		case kind == "BIT" && len(v) == 1: // MySQL's
			s = strconv.Itoa(int(v[0]))
		default:
			s = string(v)
		}
	case int64:
		s = strconv.FormatInt(v, 10)
	case float64:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		s = strconv.FormatBool(v)
	case time.Time:
		s = v.UTC().Format(time.RFC3339)
	default:
		return "", errors.New("it is of a type that is no text; cast it in the statement")
	}
	switch {
	case len(s) > maxValue:
		return "", errors.New("it is too long")
	case !utf8.ValidString(s):
		return "", errors.New("it is no text in UTF-8; cast or convert it in the statement")
	}
	if slices.Contains(fixed, kind) {
		s = strings.TrimRight(s, " ")
	}
	return s, nil
}

// record reads who the row is. An account that cannot be named is nobody.
func (s *SQL) record(found row) (accounts.Record, error) {
	if err := accounts.CheckName(found["name"]); err != nil {
		return accounts.Record{}, s.set.cannot(context.Background(), ownWords("column 'name': "+err.Error()))
	}
	record := accounts.Record{
		Account:    accounts.Account{Name: found["name"], Key: found["key"], DisplayName: found["display_name"]},
		State:      found.state(),
		Attributes: make(map[string][]string),
		Stamp:      s.set.hashes.Stamp(found.stored()),
	}
	if _, has := found["key"]; has && strings.TrimSpace(record.Key) == "" { // it would be read by a name that another may get
		return accounts.Record{}, s.set.cannot(context.Background(), ownWords("column 'key': it is empty"))
	}
	for name, value := range found {
		if !slices.Contains(known, name) && value != "" {
			record.Attributes[name] = []string{value}
		}
	}
	return record, nil
}

func (r row) state() accounts.State {
	if value, has := r["state"]; has {
		return accounts.StateOf(value)
	}
	return accounts.Unknown
}
