package sql

import (
	dbsql "database/sql"
	dbdriver "database/sql/driver"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"
	"modernc.org/sqlite"
)

// Bounds of the connections to one database.
const (
	maxOpen     = 4
	maxIdle     = 2
	maxIdleTime = time.Minute
	maxLifetime = 5 * time.Minute
	dialTime    = 5 * time.Second
	maxAnswer   = 1 << 20 // bytes of a packet, where the driver has such a bound
)

// driver is what is particular about a kind of database.
type driver struct {
	name      string
	example   string // of a dsn
	parameter string // what stands in a statement for the bound value
	numbered  bool   // the one parameter may stand in several places
	arrays    bool   // [ begins an index, not a quoted name
	readOnly  bool   // there are read-only transactions
	open      func(dsn string) (connector dbdriver.Connector, password string, err error)
}

var driverWords = []string{"postgres", "mysql", "sqlserver", "sqlite"}

var drivers = map[string]driver{
	"postgres": {
		name: "PostgreSQL", example: "postgres://user:password@host/database?sslmode=verify-full",
		parameter: "$1", numbered: true, arrays: true, readOnly: true, open: openPostgres,
	},
	"mysql": {
		name: "MySQL", example: "user:password@tcp(host:3306)/database?tls=true",
		parameter: "?", readOnly: true, open: openMySQL,
	},
	"sqlserver": {
		name: "SQL Server", example: "sqlserver://user:password@host?database=name",
		parameter: "@p1", numbered: true, open: openSQLServer,
	},
	"sqlite": {
		name: "SQLite", example: "/var/lib/app/app.db",
		parameter: "?1", numbered: true, readOnly: true, open: openSQLite,
	},
}

// pool opens no connection yet.
func pool(connector dbdriver.Connector) *dbsql.DB {
	db := dbsql.OpenDB(connector)
	db.SetMaxOpenConns(maxOpen)
	db.SetMaxIdleConns(maxIdle)
	db.SetConnMaxIdleTime(maxIdleTime)
	db.SetConnMaxLifetime(maxLifetime)
	return db
}

// openPostgres holds to the extended protocol, in which a value never becomes a
// part of the statement's text, whatever the dsn says. Statements are described
// each time, so that a table may be altered while the gate runs.
func openPostgres(dsn string) (dbdriver.Connector, string, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, "", err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	config.ConnectTimeout = dialTime
	config.RuntimeParams["client_encoding"] = "UTF8" // whatever the database is kept in
	return stdlib.GetConnector(*config), config.Password, nil
}

// openMySQL turns off what would put values into the text of a statement or let
// one be followed by another, whatever the dsn says.
func openMySQL(dsn string) (dbdriver.Connector, string, error) {
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, "", err
	}
	config.InterpolateParams = false
	config.MultiStatements = false
	config.AllowAllFiles = false
	config.AllowOldPasswords = false
	config.MaxAllowedPacket = maxAnswer
	config.Timeout = dialTime
	config.ReadTimeout, config.WriteTimeout = queryTime, queryTime
	config.Logger = &mysql.NopLogger{} // what goes wrong comes back as an error

	// Whatever the tables are kept in, and the dsn asks for.
	if err := config.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, "", err
	}
	connector, err := mysql.NewConnector(config)
	return connector, config.Passwd, err
}

func openSQLServer(dsn string) (dbdriver.Connector, string, error) {
	config, err := msdsn.Parse(dsn)
	if err != nil {
		return nil, "", err
	}
	if !strings.HasPrefix(dsn, "sqlserver://") || config.Host == "" {
		return nil, "", errNotOpened
	}
	config.DialTimeout = dialTime
	config.ReadOnlyIntent = true
	return mssql.NewConnectorConfig(config), config.Password, nil
}

// openSQLite opens a file that is there, for reading.
func openSQLite(path string) (dbdriver.Connector, string, error) {
	if !filepath.IsAbs(path) {
		return nil, "", errNotOpened
	}
	location := filepath.ToSlash(path)
	if !strings.HasPrefix(location, "/") { // a Windows drive
		location = "/" + location
	}
	dsn := url.URL{Scheme: "file", Path: location, RawQuery: "mode=ro&_busy_timeout=2000&_query_only=1&_defensive=1"}
	connector, err := sqlite.NewConnector(dsn.String())
	return connector, "", err
}
