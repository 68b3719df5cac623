package caddyiamsmart

import (
	"context"
	"io"
	"reflect"

	"github.com/spf13/cobra"
)

// RunCommand is `caddy iamsmart …` in this process. It returns how the command exits.
func RunCommand(ctx context.Context, in io.Reader, out, talk io.Writer, args ...string) int {
	root := &cobra.Command{Use: "iamsmart"}
	root.AddCommand(commands()...)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(talk)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	// Caddy's own error for other statuses than 1, whose type it keeps to itself.
	if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
		if code := v.Elem().FieldByName("ExitCode"); code.IsValid() {
			return int(code.Int())
		}
	}
	return 1
}

// FillIn seals what a person filled in for a request.
func (a Asker) FillIn(person [32]byte, form map[string]string) ([]byte, error) {
	return a.g.sealRequest(a.d, person, form)
}

// ListedAtOnce is how many rows a list looks at in one call.
const ListedAtOnce = listedAtOnce
