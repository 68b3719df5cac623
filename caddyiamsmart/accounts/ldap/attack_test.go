package ldap_test

import (
	"net"
	"runtime"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// rawServer answers each request with the bytes that say returns for it.
func rawServer(t *testing.T, say func(id int64, op ber.Tag, n int) []byte) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for n := 0; ; n++ {
					p, err := ber.ReadPacket(c)
					if err != nil || len(p.Children) < 2 {
						return
					}
					id, _ := p.Children[0].Value.(int64)
					if _, err := c.Write(say(id, p.Children[1].Tag, n)); err != nil {
						return
					}
				}
			}()
		}
	}()
	return "ldap://" + listener.Addr().String()
}

// Attack T68: given a server, or somebody on the way to it, that answers with what
// is hardly LDAP, when anything is asked, then that is a doubt and no panic.
func TestT68AnswersThatAreHardlyLDAP(t *testing.T) {
	message := func(id int64, rest string) []byte {
		return append([]byte{0x30, byte(3 + len(rest)), 2, 1, byte(id)}, rest...)
	}
	const bindYes, searchEnd = "\x61\x07\x0a\x01\x00\x04\x00\x04\x00", "\x65\x07\x0a\x01\x00\x04\x00\x04\x00"
	entry := "\x64\x0f\x04\x04cn=x\x30\x07\x30\x05\x04\x01a\x31\x00"
	for what, odd := range map[string]string{
		"an empty result":               "\x61\x00",
		"a result that is cut":          "\x61\x03\x0a\x01\x00",
		"a result of another kind":      "\x61\x06\x04\x01\x00\x04\x00\x05\x00",
		"no code":                       "\x61\x06\x05\x00\x04\x00\x04\x00",
		"controls that are none":        bindYes + "\xa0\x00",
		"an empty control":              bindYes + "\xa0\x02\x30\x00",
		"a control without name":        bindYes + "\xa0\x04\x30\x02\x05\x00",
		"a policy that is none":         bindYes + "\xa0\x1f\x30\x1d\x04\x191.3.6.1.4.1.42.2.27.8.5.1\x04\x00",
		"a policy of nonsense":          bindYes + "\xa0\x22\x30\x20\x04\x191.3.6.1.4.1.42.2.27.8.5.1\x04\x03\x30\x01\xff",
		"an entry in place of a result": entry,
		"a page of no cookie":           "\x65\x07\x0a\x01\x00\x04\x00\x04\x00\xa0\x1d\x30\x1b\x04\x161.2.840.113556.1.4.319\x04\x01\x30",
		"an entry without a name":       "\x64\x02\x05\x00",
		"an entry of an attribute":      "\x64\x09\x04\x00\x30\x05\x30\x03\x05\x01\x00",
		"a reference to nothing":        "\x73\x00",
		"nothing":                       "",
	} {
		for _, late := range []bool{false, true} { // to the first request, or to the one after the service account is in
			url := rawServer(t, func(id int64, op ber.Tag, n int) []byte {
				if late && n == 0 {
					return message(id, bindYes)
				}
				if op == 3 && !strings.HasPrefix(odd, "\x65") {
					return append(message(id, odd), message(id, searchEnd)...)
				}
				return message(id, odd)
			})
			f := newFake(t)
			f.URL = url
			l := load(t, f.asAD())
			if got, err := l.CheckPassword(t.Context(), "alice", "alice-pass"); err == nil {
				t.Errorf("%s: %+v", what, got)
			} else {
				mustNotTell(t, err, "alice", "service-pass")
			}
			if _, err := l.ReadAccount(t.Context(), accounts.Account{Name: "alice"}); err == nil {
				t.Errorf("%s: read", what)
			}
			_ = l.ListAccounts(t.Context(), func(accounts.Record) bool { return true })
			_ = l.CheckSelf(t.Context())
		}
	}
}

// Attack T68: given somebody on the network who, before TLS, promises a message of
// two gigabytes, when it is read, then no memory is set aside for it.
func TestT68APromiseOfTwoGigabytes(t *testing.T) {
	f := newFake(t)
	f.URL = rawServer(t, func(int64, ber.Tag, int) []byte {
		return []byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xf0, 4, 0x84, 0x7f, 0xff, 0xff, 0x00}
	})
	l := load(t, block(f.Directory))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := l.CheckPassword(t.Context(), "alice", "alice-pass")
	runtime.ReadMemStats(&after)
	if outcome(err) != "cannot check, not asked" {
		t.Errorf("%v", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("%d MiB were set aside", grown>>20)
	}
}
