// A server and a client on github.com/mark3labs/mcp-go. In: `server
// stdio|http`, or `client URL TOKEN ATTEMPTS`.
package main

import (
	"log"
	"os"
)

func main() {
	run := func() error { return attempt(os.Args[2], os.Args[3]) }
	if os.Args[1] == "server" {
		run = func() error { return serve(os.Args[2]) }
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}
