package sql

import (
	"crypto/tls"
	dbsql "database/sql"
	dbdriver "database/sql/driver"
	"net"
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
	unfilled  bool   // CHAR is no column of a fixed width
	open      func(dsn string) (opened, error)
}

// opened is a dsn that was understood.
type opened struct {
	connector dbdriver.Connector
	password  string
	exposed   bool // the connection leaves this machine without TLS that proves the server
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
		name: "SQL Server", example: "sqlserver://user:password@host?database=name&encrypt=true",
		parameter: "@p1", numbered: true, open: openSQLServer,
	},
	"sqlite": {
		name: "SQLite", example: "/var/lib/app/app.db",
		parameter: "?1", numbered: true, readOnly: true, unfilled: true, open: openSQLite,
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
func openPostgres(dsn string) (opened, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return opened{}, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	config.ConnectTimeout = dialTime
	config.RuntimeParams["client_encoding"] = "UTF8" // whatever the database is kept in
	exposed := !isHere(config.Host) && !proves(config.TLSConfig)
	for _, other := range config.Fallbacks {
		exposed = exposed || !isHere(other.Host) && !proves(other.TLSConfig)
	}
	return opened{stdlib.GetConnector(*config), config.Password, exposed}, nil
}

// openMySQL turns off what would put values into the text of a statement or let
// one be followed by another, whatever the dsn says.
func openMySQL(dsn string) (opened, error) {
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return opened{}, err
	}
	config.InterpolateParams = false
	config.MultiStatements = false
	config.AllowAllFiles = false
	config.AllowOldPasswords = false
	config.MaxAllowedPacket = maxAnswer
	config.Timeout = dialTime
	config.ReadTimeout, config.WriteTimeout = queryTime, queryTime
	config.Logger = &mysql.NopLogger{} // what goes wrong comes back as an error

	// The driver reads all rows of an answer, however many and whatever the time.
	if config.Params == nil {
		config.Params = make(map[string]string)
	}
	config.Params["sql_select_limit"] = "2"

	// Whatever the tables are kept in, and the dsn asks for.
	if err := config.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return opened{}, err
	}
	connector, err := mysql.NewConnector(config)
	host, _, _ := net.SplitHostPort(config.Addr)
	exposed := config.Net != "unix" && !isHere(host) && (!proves(config.TLS) || config.AllowFallbackToPlaintext)
	return opened{connector, config.Passwd, exposed}, err
}

func openSQLServer(dsn string) (opened, error) {
	config, err := msdsn.Parse(dsn)
	if err != nil {
		return opened{}, err
	}
	if !strings.HasPrefix(dsn, "sqlserver://") || config.Host == "" {
		return opened{}, errNotOpened
	}
	config.DialTimeout = dialTime
	config.ReadOnlyIntent = true
	encrypted := config.Encryption == msdsn.EncryptionRequired || config.Encryption == msdsn.EncryptionStrict
	exposed := !isHere(config.Host) && (!encrypted || !proves(config.TLSConfig))
	return opened{mssql.NewConnectorConfig(config), config.Password, exposed}, nil
}

// openSQLite opens a file that is there, for reading.
func openSQLite(path string) (opened, error) {
	if !filepath.IsAbs(path) {
		return opened{}, errNotOpened
	}
	location := filepath.ToSlash(path)
	if !strings.HasPrefix(location, "/") { // a Windows drive
		location = "/" + location
	}
	dsn := url.URL{Scheme: "file", Path: location, RawQuery: "mode=ro&_busy_timeout=2000&_query_only=1&_defensive=1"}
	connector, err := sqlite.NewConnector(dsn.String())
	return opened{connector: connector}, err
}

// isHere tells whether a host is this machine, or a folder with a socket.
func isHere(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasPrefix(host, "/") || ip != nil && ip.IsLoopback()
}

// proves tells whether the server has to prove who it is.
func proves(config *tls.Config) bool {
	return config != nil && (!config.InsecureSkipVerify || config.VerifyPeerCertificate != nil || config.VerifyConnection != nil)
}
