package upstream

// foldedMax is how many folded bytes of a header name are compared, so that the
// comparison needs no memory of its own. Names that agree that far count as the
// same name: for longer ones this removes more, never less.
const foldedMax = 128

// Fold returns the form of a header name in which all spellings that an app
// might confuse are equal: ASCII letters in lower case, digits kept, everything
// else dropped. CGI, PHP, WSGI and others turn '-', '.', '_' and more into one
// and the same character, so X-Iam-User, x_iam.user and X--IAM~USER are one name
// to them.
func Fold(name string) string {
	out := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		if c := foldedByte[name[i]]; c != 0 {
			out = append(out, c)
		}
	}
	return string(out)
}

// foldInto is Fold into the caller's array, cut at foldedMax bytes.
func foldInto(buf *[foldedMax]byte, name string) []byte {
	n := 0
	for i := 0; i < len(name) && n < foldedMax; i++ {
		if c := foldedByte[name[i]]; c != 0 {
			buf[n] = c
			n++
		}
	}
	return buf[:n]
}

// firstFolded returns the first byte of the folded name, 0 if there is none.
func firstFolded(name string) byte {
	for i := 0; i < len(name); i++ {
		if c := foldedByte[name[i]]; c != 0 {
			return c
		}
	}
	return 0
}

// foldedByte maps each byte to its folded form, and to 0 where it is dropped.
var foldedByte = func() (table [256]byte) {
	for c := byte('0'); c <= '9'; c++ {
		table[c] = c
	}
	for c := byte('a'); c <= 'z'; c++ {
		table[c] = c
		table[c-'a'+'A'] = c
	}
	return table
}()
