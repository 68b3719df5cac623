package caddyiamsmart_test

import (
	"crypto/tls"
	"database/sql"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	ldapv3 "github.com/go-ldap/ldap/v3"
	"golang.org/x/crypto/bcrypt"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// liveRecords are accounts on a real server, which can be changed and cut off.
type liveRecords struct {
	accounts string // the directive
	act      func(what string)
	line     *line
}

// line is a connection to a server that can be cut.
type line struct {
	t    *testing.T
	to   string
	at   string
	mu   sync.Mutex
	cut  bool
	open []net.Conn
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	l := &line{t: t, to: to}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.at = listener.Addr().String()
	t.Cleanup(func() {
		listener.Close()
		l.set(true)
	})
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			l.carry(c)
		}
	}()
	return l
}

func (l *line) carry(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	server, err := net.Dial("tcp", l.to)
	if err != nil || l.cut {
		c.Close()
		if err == nil {
			server.Close()
		}
		return
	}
	l.open = append(l.open, c, server)
	go func() {
		io.Copy(server, c)
		server.Close()
	}()
	go func() {
		io.Copy(c, server)
		c.Close()
	}()
}

// set cuts the line, or mends it.
func (l *line) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for _, c := range l.open {
		c.Close()
	}
	l.open = nil
}

func hashed(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

func livePostgres(t *testing.T) liveRecords {
	d := servertest.Postgres(t)
	db, err := sql.Open("pgx", fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/records", d.User, d.Password, d.Port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	run := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	run(`CREATE TABLE staff (id integer PRIMARY KEY, login text, pw text, active boolean, ward text)`)
	run(`CREATE ROLE gate LOGIN PASSWORD 'gate-hidden'`)
	run(`GRANT SELECT ON staff TO gate`)
	l := newLine(t, fmt.Sprintf("127.0.0.1:%d", d.Port))
	columns := `SELECT id AS key, login AS name, pw AS hash, active AS state, ward FROM staff WHERE `
	return liveRecords{
		accounts: fmt.Sprintf("accounts sql postgres \"postgres://gate:gate-hidden@%s/records?sslmode=disable&connect_timeout=2\" {\n by_name \"%slower(login) = lower({username})\"\n by_key \"%sid = {key}\"\n}", l.at, columns, columns),
		line:     l,
		act: func(what string) {
			switch what {
			case "reset":
				run(`DELETE FROM staff`)
				run(`INSERT INTO staff VALUES (7, 'NChan', $1, true, 'East'), (8, 'nlee', $1, true, 'West')`, hashed(t, "correct horse"))
			case "disabled":
				run(`UPDATE staff SET active = false WHERE id = 7`)
			case "deleted":
				run(`DELETE FROM staff WHERE id = 7`)
			case "renamed":
				run(`UPDATE staff SET login = 'NChan2' WHERE id = 7`)
			case "reused":
				run(`DELETE FROM staff WHERE id = 7`)
				run(`INSERT INTO staff VALUES (9, 'NChan', $1, true, 'East')`, hashed(t, "correct horse"))
			case "password":
				run(`UPDATE staff SET pw = $1 WHERE id = 7`, hashed(t, "battery staple"))
			case "ward":
				run(`UPDATE staff SET ward = 'North' WHERE id = 7`)
			}
		},
	}
}

const staffFolder = `dn: ou=staff,dc=example,dc=com
objectClass: organizationalUnit
ou: staff

dn: cn=policy,dc=example,dc=com
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE
`

func liveDirectory(t *testing.T) liveRecords {
	d := servertest.Slapd(t, staffFolder)
	c, err := ldapv3.DialURL(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.StartTLS(&tls.Config{InsecureSkipVerify: true}))
	must(c.Bind(d.Admin, d.Password))
	dn := func(uid string) string { return "uid=" + uid + ",ou=staff,dc=example,dc=com" }
	add := func(uid, password string) {
		t.Helper()
		q := ldapv3.NewAddRequest(dn(uid), nil)
		for name, value := range map[string]string{"objectClass": "inetOrgPerson", "uid": uid, "cn": uid, "sn": uid, "userPassword": password, "departmentNumber": "East"} {
			q.Attribute(name, []string{value})
		}
		must(c.Add(q))
	}
	l := newLine(t, strings.TrimPrefix(d.URL, "ldap://"))
	return liveRecords{
		line: l,
		accounts: strings.NewReplacer("URL", "ldap://"+l.at, "CA", d.CA, "READER", d.Reader, "PASSWORDFILE", d.PasswordFile).Replace(`accounts ldap URL {
			ca CA
			bind READER {file.PASSWORDFILE}
			base ou=staff,dc=example,dc=com
			user (&(objectClass=inetOrgPerson)(uid={username}))
			attributes departmentNumber
		}`),
		act: func(what string) {
			q := ldapv3.NewModifyRequest(dn("NChan"), nil)
			switch what {
			case "reset":
				for _, uid := range []string{"NChan", "NChan2", "nlee"} {
					_ = c.Del(ldapv3.NewDelRequest(dn(uid), nil))
				}
				add("NChan", "correct horse")
				add("nlee", "correct horse")
				return
			case "disabled":
				q.Replace("pwdAccountLockedTime", []string{"000001010000Z"})
			case "deleted":
				must(c.Del(ldapv3.NewDelRequest(dn("NChan"), nil)))
				return
			case "renamed":
				must(c.ModifyDN(ldapv3.NewModifyDNRequest(dn("NChan"), "uid=NChan2", true, "")))
				return
			case "reused":
				must(c.Del(ldapv3.NewDelRequest(dn("NChan"), nil)))
				add("NChan", "correct horse")
				return
			case "password":
				time.Sleep(1100 * time.Millisecond) // the directory counts in seconds
				q.Replace("userPassword", []string{"battery staple"})
			case "ward":
				q.Replace("departmentNumber", []string{"North"})
			}
			must(c.Modify(q))
		},
	}
}
