package ldap_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// fake is a small LDAP server that answers what a test wants, for what no
// installed server says: Active Directory's refusals, and nonsense. Unless told
// otherwise it accepts its service account only and has no entries.
type fake struct {
	servertest.Directory

	mu       sync.Mutex
	service  answer          // to the service account
	person   answer          // to any other bind
	entries  []*ldapv3.Entry // that any search finds
	found    answer          // at the end of a search
	binds    [][]string      // the DNs that were bound, for each connection
	searches []string
	startTLS int
}

// answer ends an operation.
type answer struct {
	code      int64
	text      string
	control   []byte // of the password policy
	reference string
	hangUp    bool // instead of an answer
}

func newFake(t testing.TB) *fake {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("service-pass"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &fake{Directory: servertest.Directory{
		URL: "ldap://" + listener.Addr().String(), Suffix: "dc=example,dc=com", Reader: "gate@example.com", Password: "service-pass", PasswordFile: password,
	}, person: answer{code: ldapv3.LDAPResultInvalidCredentials}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return f
}

func (f *fake) serve(c net.Conn) {
	defer c.Close()
	f.mu.Lock()
	number := len(f.binds)
	f.binds = append(f.binds, nil)
	f.mu.Unlock()
	for {
		request, err := ber.ReadPacket(c)
		if err != nil || len(request.Children) < 2 {
			return
		}
		op := request.Children[1]
		switch op.Tag {
		case ldapv3.ApplicationBindRequest:
			dn, password := op.Children[1].Value.(string), op.Children[2].Data.String()
			f.mu.Lock()
			f.binds[number] = append(f.binds[number], dn)
			f.mu.Unlock()
			if a := f.answerBind(dn, password); !f.end(c, request, ldapv3.ApplicationBindResponse, a) {
				return
			}
		case ldapv3.ApplicationSearchRequest:
			filter, _ := ldapv3.DecompileFilter(op.Children[6])
			f.mu.Lock()
			f.searches = append(f.searches, filter)
			entries, a := f.entries, f.found
			f.mu.Unlock()
			for _, e := range entries {
				f.send(c, request, entryPacket(e))
			}
			if a.reference != "" {
				reference := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldapv3.ApplicationSearchResultReference, nil, "")
				reference.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, a.reference, ""))
				f.send(c, request, reference)
			}
			if !f.end(c, request, ldapv3.ApplicationSearchResultDone, a) {
				return
			}
		case ldapv3.ApplicationExtendedRequest:
			f.mu.Lock()
			f.startTLS++
			f.mu.Unlock()
			f.end(c, request, ldapv3.ApplicationExtendedResponse, answer{code: ldapv3.LDAPResultProtocolError})
		default:
			return
		}
	}
}

func (f *fake) answerBind(dn, password string) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if dn == f.Reader && password == f.Password {
		return f.service
	}
	return f.person
}

// says sets the answer to the bind of anybody but the service account.
func (f *fake) says(a answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.person = a
}

// refusesService has the service account's password be wrong.
func (f *fake) refusesService() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.service = answer{code: ldapv3.LDAPResultInvalidCredentials}
}

// finds sets what any search finds, and how it ends.
func (f *fake) finds(end answer, entries ...*ldapv3.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries, f.found = entries, end
}

// has makes the fake find one entry, whatever is looked for.
func (f *fake) has(attributes map[string][]string) {
	f.finds(answer{}, ldapv3.NewEntry("CN=Alice Chan,OU=Staff,DC=example,DC=com", attributes))
}

func (f *fake) end(c net.Conn, request *ber.Packet, tag ber.Tag, a answer) bool {
	if a.hangUp {
		return false
	}
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, a.code, ""))
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, a.text, ""))
	if a.control == nil {
		return f.send(c, request, op)
	}
	control := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, ldapv3.ControlTypeBeheraPasswordPolicy, ""))
	control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(a.control), ""))
	controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
	controls.AppendChild(control)
	return f.send(c, request, op, controls)
}

func (f *fake) send(c net.Conn, request *ber.Packet, parts ...*ber.Packet) bool {
	message := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, request.Children[0].Value, ""))
	for _, p := range parts {
		message.AppendChild(p)
	}
	_, err := c.Write(message.Bytes())
	return err == nil || errors.Is(err, net.ErrClosed)
}

func entryPacket(e *ldapv3.Entry) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldapv3.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, e.DN, ""))
	attributes := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for _, a := range e.Attributes {
		attribute := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		attribute.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, a.Name, ""))
		values := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range a.Values {
			values.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, v, ""))
		}
		attribute.AppendChild(values)
		attributes.AppendChild(attribute)
	}
	op.AppendChild(attributes)
	return op
}

// bound lists the DNs that were bound, connection by connection.
func (f *fake) bound() [][]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.binds)
}

// searched lists the filters that were searched for.
func (f *fake) searched() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.searches)
}

// asAD writes a block for the fake as for an Active Directory.
func (f *fake) asAD(lines ...string) string {
	return block(f.Directory, append([]string{"tls off", "base dc=example,dc=com", "user (&(objectClass=user)(sAMAccountName={username}))"}, lines...)...)
}
