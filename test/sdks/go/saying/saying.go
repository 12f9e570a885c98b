// Package saying is what the programs have in common: where a server listens,
// and what a client saw, as a line of JSON for each attempt.
package saying

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"time"
)

// Patience is how long an attempt may take.
var Patience time.Duration

// Serve listens on loopback and says where: `Port N`.
func Serve(handler http.Handler) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("Port %d\n", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, handler))
}

// Attempt tries one feature of a server whose tools begin with prefix, and which
// has the resource note.
type Attempt func(prefix, note string) (any, error)

// Run tries what os.Args[4] asks for: `[{"server", "prefix", "note",
// "features", "brief"}]`; brief are features that are not expected to work.
func Run(attempts map[string]Attempt) {
	var wanted []struct {
		Server, Prefix, Note string
		Features, Brief      []string
	}
	if err := json.Unmarshal([]byte(os.Args[4]), &wanted); err != nil {
		panic(err)
	}
	for _, one := range wanted {
		for _, feature := range one.Features {
			Patience = 30 * time.Second
			if slices.Contains(one.Brief, feature) {
				Patience = 3 * time.Second
			}
			said := map[string]any{"server": one.Server, "feature": feature}
			saw, err := attempts[feature](one.Prefix, one.Note)
			if err == nil {
				said["saw"] = saw
			} else {
				said["error"] = err.Error()
			}
			line, _ := json.Marshal(said)
			fmt.Println(string(line))
		}
	}
}

// Until waits until it holds.
func Until(what string, holds func() bool) error {
	for end := time.Now().Add(Patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("%s: not within %s", what, Patience)
		}
	}
	return nil
}
