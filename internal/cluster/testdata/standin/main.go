// standin takes the place of a node's init where no Kubernetes is wanted: with
// "fail" it says so and ends, otherwise it does nothing until it is killed.
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
