// standin takes the place of a node's init where no Kubernetes is wanted: with
// "fail" it ends at once, otherwise it does nothing until it is killed.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "fail" {
		return
	}
	killed := make(chan os.Signal, 1)
	signal.Notify(killed, syscall.SIGTERM)
	<-killed
}
