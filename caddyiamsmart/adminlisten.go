package caddyiamsmart

import (
	"reflect"

	"github.com/caddyserver/caddy/v2"
)

// adminListen is where the admin endpoint of a configuration listens; ok is false
// where it is off. Caddy shows a module no more than this of its own configuration,
// so the field is looked at; where a later Caddy has none, nothing is known.
func adminListen(ctx caddy.Context) (listen string, ok bool) {
	field := func(v reflect.Value, name string) reflect.Value {
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		return v.FieldByName(name)
	}
	cfg := field(reflect.ValueOf(ctx), "cfg")
	if !cfg.IsValid() {
		return "", false
	}
	admin := field(cfg, "Admin")
	if off := field(admin, "Disabled"); off.IsValid() && off.Kind() == reflect.Bool && off.Bool() {
		return "", false
	}
	if named := field(admin, "Listen"); named.IsValid() && named.Kind() == reflect.String && named.String() != "" {
		return named.String(), true
	}
	return caddy.DefaultAdminListen, true
}
