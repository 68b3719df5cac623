package sql

// ParseStatement reads a statement as the driver's would be, and returns its
// text, the driver's parameter, and how often the value is bound.
func ParseStatement(word, text, bound string) (out, parameter string, times int, err error) {
	st, err := drivers[word].parse(text, bound)
	return st.text, drivers[word].parameter, st.times, err
}

// Text writes a value of a column as an account's record has it.
var Text = text

// Exposed tells whether a dsn leaves the connection open to the network.
func Exposed(word, dsn string) (bool, error) {
	o, err := drivers[word].open(dsn)
	return o.exposed, err
}
