// Command demo runs the whole way on this machine: a simulator of iAM Smart, the
// gate, and a small care-home records application that knows nothing of either.
// There is nothing to set, and nothing stays behind.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
	"caddyiamsmart.example/cmd/demo/records"
)

func main() {
	port := flag.Int("port", 8480, "port of the gate; another free one is taken if it is in use")
	language := flag.String("language", "browser", "first language of the pages: zh-HK, zh-CN, en or browser")
	flag.Parse()
	if err := run(*port, *language); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(port int, language string) error {
	dir, err := os.MkdirTemp("", "iamsmart-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// From here on, so that nothing stays behind even if the start is broken off.
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, os.Interrupt, syscall.SIGTERM)
	app, err := records.New(records.Users())
	if err != nil {
		return fmt.Errorf("making records application: %w", err)
	}
	d, err := start(dir, port, language, app)
	if err != nil {
		return err
	}
	if port != 0 && d.port != port {
		fmt.Printf("Port %d is in use, so another was taken.\n", port)
	}
	d.welcome()
	<-quit
	fmt.Println("\nStopping.")
	return d.stop()
}

// welcome says what to do now.
func (d *demo) welcome() {
	fmt.Printf(`
The demonstration runs. Open in a browser on this machine:

    %s

Log in as a test person of the simulator, then link one of the accounts of the
records application, once:

`, d.gate)
	users := records.Users()
	for i, p := range simulator.Persons() {
		if i == len(users) {
			break
		}
		fmt.Printf("    %-28s user name %-9s password %s\n", p.EnglishName, users[i].Name, users[i].Password)
	}
	fmt.Printf(`
The Caddyfile is %s
All of it is gone when you press Ctrl+C. Chromium, Chrome, Edge and Firefox keep
the cookies of http://localhost; Safari does not, so it cannot log in here.
`, d.config)
}
