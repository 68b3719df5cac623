package file

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// LogTo has the log of a file that is provisioned go elsewhere.
func (f *File) LogTo(core zapcore.Core) { f.list.logger = zap.New(core) }

// ReadTable reads the text of a file and gives the number of its accounts.
func (f *File) ReadTable(text []byte) (rows int, err error) {
	t, err := readTable(text, f.hashes)
	if err != nil {
		return 0, err
	}
	return len(t.rows), nil
}
