// Command caddy is Caddy with the iAM Smart gate in it.
package main

import (
	_ "time/tzdata" // time zones on machines that have none installed

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "caddyiamsmart.example/caddyiamsmart"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

func main() { caddycmd.Main() }
