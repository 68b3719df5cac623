package caddyiamsmart_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// served are the same records in a server, which the gate may only read.
func served(t testing.TB, driver, admin string, staff []employee, grants ...string) records {
	t.Helper()
	db, err := sql.Open(driver, admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	r := records{t: t, db: db}
	r.exec(staffTable)
	r.hire(staff...)
	for _, grant := range grants {
		r.exec(grant)
	}
	return r
}

// inPostgres and inMariaDB return the records and the accounts block of a gate.
func inPostgres(t testing.TB, staff ...employee) (records, string) {
	t.Helper()
	d := servertest.Postgres(t)
	r := served(t, "pgx", fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/records", d.User, d.Password, d.Port), staff,
		"CREATE ROLE gate LOGIN PASSWORD 'gate-hidden'", "GRANT SELECT ON staff TO gate")
	return r, fmt.Sprintf(`accounts sql postgres "postgres://gate:gate-hidden@127.0.0.1:%d/records?sslmode=disable" {%s}`, d.Port, statements)
}

func inMariaDB(t testing.TB, staff ...employee) (records, string) {
	t.Helper()
	d := servertest.MariaDB(t)
	r := served(t, "mysql", fmt.Sprintf("%s:%s@tcp(127.0.0.1:%d)/records", d.User, d.Password, d.Port), staff,
		"CREATE USER gate IDENTIFIED BY 'gate-hidden'", "GRANT SELECT ON records.* TO gate")
	return r, fmt.Sprintf(`accounts sql mysql "gate:gate-hidden@tcp(127.0.0.1:%d)/records" {%s}`, d.Port, strings.ReplaceAll(statements, `\"key\"`, "`key`"))
}

// inSlapd is a directory with the same people.
func inSlapd(t testing.TB, staff ...employee) string {
	t.Helper()
	_, block := directoryOf(t, staff...)
	return block
}

// directoryOf returns the directory too. Who has left must choose a new password there.
func directoryOf(t testing.TB, staff ...employee) (servertest.Directory, string) {
	t.Helper()
	var ldif strings.Builder
	ldif.WriteString("dn: ou=staff,dc=example,dc=com\nobjectClass: organizationalUnit\nou: staff\n\n" +
		"dn: cn=policy,dc=example,dc=com\nobjectClass: organizationalRole\nobjectClass: pwdPolicy\ncn: policy\npwdAttribute: userPassword\n\n" +
		"dn: cn=left,dc=example,dc=com\nobjectClass: organizationalRole\nobjectClass: pwdPolicy\ncn: left\npwdAttribute: userPassword\npwdMustChange: TRUE\n")
	for _, e := range staff {
		fmt.Fprintf(&ldif, "\ndn: uid=%s,ou=staff,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: %[1]s\ncn: %s\nsn: %[2]s\ndisplayName: %[2]s\ndepartmentNumber: 2A\ntitle: nurse\ntitle: cook, chef\nuserPassword: correct horse\nemployeeNumber: %[3]s\n",
			e.login, e.name, e.card)
		if e.left {
			ldif.WriteString("pwdPolicySubentry: cn=left,dc=example,dc=com\npwdReset: TRUE\n")
		}
	}
	d := servertest.Slapd(t, ldif.String())
	return d, strings.NewReplacer("URL", d.URL, "CA", d.CA, "READER", d.Reader, "FILE", d.PasswordFile).Replace(`accounts ldap URL {
		ca CA
		bind READER {file.FILE}
		base ou=staff,dc=example,dc=com
		user (&(objectClass=inetOrgPerson)(uid={username}))
		hkic employeeNumber
		attributes departmentNumber title
	}`)
}

// Given the records of a home in a database server, a directory or a list, when a
// person comes for the first time and agrees to give their number, then it finds
// their account there, and the account goes upstream as the records spell it.
func TestByNumberAgainstRealServers(t *testing.T) {
	staff := []employee{
		{login: "Wong.ML", card: card(t, "Z000002"), name: "WONG Mei Ling"}, {login: "KChan", card: "ｚ000001（" + card(t, "Z000001")[8:9] + "）", name: "CHAN Siu Ming"},
		{login: "testa", card: card(t, "ZZ000003"), name: "TESTA Maria"},
	}
	ascii := []employee{staff[0], {login: "KChan", card: "z 000001 [" + card(t, "Z000001")[8:9] + "]", name: "CHAN Siu Ming"}, staff[2]}
	square := ascii[1]
	square.card = strings.NewReplacer("[", "(", "]", ")").Replace(square.card)
	inSQL := []employee{staff[0], square, staff[2]}
	for name, place := range map[string]func(t *testing.T) string{
		"PostgreSQL": func(t *testing.T) string { _, block := inPostgres(t, inSQL...); return block },
		"MariaDB":    func(t *testing.T) string { _, block := inMariaDB(t, inSQL...); return block },
		"OpenLDAP":   func(t *testing.T) string { return inSlapd(t, ascii...) },
		"a list":     func(t *testing.T) string { return listOf(t, staff...) },
	} {
		t.Run(name, func(t *testing.T) {
			block := place(t)
			w := newWorld(t, site{Gate: byNumber, Accounts: block, Scopes: profileScopes})
			if name == "a list" {
				w.hashList(block)
			}
			for person, want := range map[string]string{"chan": "KChan", "testa": "testa"} {
				b := w.browser()
				seen := b.overhears()
				b.login(person, "approve").want(t, 200, "First login")
				b.yes(b.byNumber(person).want(t, 200, "Is this your account?", want)).want(t, 200, "Your account has been linked")
				if p := b.visit("/"); p.user() != want {
					t.Errorf("%s is greeted as %q", person, p.user())
				}
				w.nowhere(map[string]string{"chan": "000001", "testa": "ZZ000003"}[person], seen.String(), sent(w))
			}
			b := w.browser()
			b.login("osample", "approve").want(t, 200, "First login")
			b.byNumber("osample").want(t, 403, "No matching account")
			w.nobody(b)
		})
	}
}

// listOf is a list whose numbers have yet to be hashed by the gate's key, which is
// made when it runs first; see hashList.
func listOf(t testing.TB, staff ...employee) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "staff.csv")
	text, clear := "name,hash,state,hkic_hash,display_name,ward\n", "name,hash,state,hkic,display_name,ward\n"
	for _, e := range staff {
		state := "1"
		if e.left {
			state = "0"
		}
		text += e.login + "," + bcryptOfFile + "," + state + ",," + e.name + ",2A\n"
		clear += e.login + "," + bcryptOfFile + "," + state + "," + e.card + "," + e.name + ",2A\n"
	}
	for name, text := range map[string]string{file: text, file + ".clear": clear} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return `accounts file "` + file + `"`
}

// hashList gives the list what the command makes of the numbers.
func (w *world) hashList(block string) {
	w.t.Helper()
	file := strings.Split(block, `"`)[1]
	got := hashNumbers(w.t.(*testing.T), "", "--key", filepath.Join(w.Dir, "iamsmart.key"), file+".clear")
	if got.code != 0 {
		w.t.Fatalf("%+v", got)
	}
	if err := os.WriteFile(file, []byte(got.out), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.load()
}
