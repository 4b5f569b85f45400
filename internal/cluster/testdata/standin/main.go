// Command standin replaces a node's init in tests without Kubernetes: with the
// argument "fail" it prints a message and exits, otherwise it does nothing until
// it gets a SIGTERM.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "fail" {
		_, _ = os.Stdout.WriteString("standin: told to fail\n")
		return
	}
	killed := make(chan os.Signal, 1)
	signal.Notify(killed, syscall.SIGTERM)
	<-killed
}
