package sql

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	mssql "github.com/microsoft/go-mssqldb"
	"modernc.org/sqlite"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// cannot says in words of our own what went wrong. Those of a driver may repeat
// values, names of users and addresses with passwords in them.
func (s *settings) cannot(ctx context.Context, err error) error {
	return fmt.Errorf("%w: %s: %s", accounts.ErrCannotCheck, s.driver.name, cause(ctx, err))
}

func cause(ctx context.Context, err error) string {
	var (
		postgres  *pgconn.PgError
		my        *mysql.MySQLError
		sqlServer mssql.Error
		lite      *sqlite.Error
		network   net.Error
	)
	switch {
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &postgres):
		return refusal("SQLSTATE "+postgres.Code, postgres.Code)
	case errors.As(err, &my):
		return refusal(fmt.Sprintf("error %d", my.Number), fmt.Sprint("mysql ", my.Number))
	case errors.As(err, &sqlServer):
		return refusal(fmt.Sprintf("error %d", sqlServer.Number), fmt.Sprint("sqlserver ", sqlServer.Number))
	case errors.As(err, &lite):
		return refusal(fmt.Sprintf("error %d", lite.Code()), fmt.Sprint("sqlite ", lite.Code()&0xff))
	case errors.As(err, &network), errors.Is(err, fs.ErrNotExist):
		return "the server cannot be reached"
	}
	var own ownWords
	if errors.As(err, &own) {
		return string(own)
	}
	return "the connection failed"
}

// ownWords is an error whose text is ours and holds no value.
type ownWords string

func (w ownWords) Error() string { return string(w) }

// meanings of the codes that an operator meets when setting the gate up.
var meanings = map[string]string{
	"28P01": login, "28000": login, "mysql 1045": login, "mysql 1698": login, "sqlserver 18456": login,
	"3D000": database, "mysql 1049": database, "sqlserver 4060": database, "sqlite 14": "the file cannot be opened",
	"42P01": table, "mysql 1146": table, "sqlserver 208": table,
	"42703": column, "mysql 1054": column, "sqlserver 207": column,
	"42501": rights, "mysql 1142": rights, "mysql 1143": rights, "mysql 1044": rights, "sqlserver 229": rights, "sqlserver 230": rights,
	"25006": changed, "mysql 1792": changed, "sqlite 8": changed,
	"42601": syntax, "mysql 1064": syntax, "sqlserver 102": syntax, "sqlite 1": "the statement is not understood, or names a table or column that is not there",
	"22P02": kinds, "22003": kinds,
	"57014": "the statement took too long", "sqlite 5": "the file is locked by another program", "sqlite 26": "the file is no database",
}

const (
	login    = "the user name or the password of the dsn is refused"
	database = "the database of the dsn is not there"
	table    = "the statement names a table that is not there"
	column   = "the statement names a column that is not there"
	rights   = "the user of the dsn may not read what the statement names"
	changed  = "the statement tries to change something"
	syntax   = "the statement is not understood"
	kinds    = "what is looked for is no value of the column's type; cast the column to text in the statement"
)

func refusal(code, key string) string {
	if meaning := meanings[key]; meaning != "" {
		return meaning + " (" + code + ")"
	}
	return "the statement was refused (" + code + ")"
}
