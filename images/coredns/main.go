// Command coredns is CoreDNS with the plugins that a cluster's DNS uses: those
// in the Corefile that kubeadm writes, and a few to look into it with. Fewer
// plugins is the documented way to a smaller CoreDNS: most of the usual ones'
// weight is cloud SDKs.
//
// It begins when the API server can be reached. Before kube-proxy has made its
// first rules, the way to the API server's service leads nowhere, and a
// connection that is begun then is given up after half a minute only.
package main

import (
	"net"
	"os"
	"time"

	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/debug"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/whoami"
)

const (
	attempt  = 300 * time.Millisecond
	interval = 100 * time.Millisecond
	patience = time.Minute
)

func main() {
	// Outside a cluster there is no such address.
	if host := os.Getenv("KUBERNETES_SERVICE_HOST"); host != "" {
		await(net.JoinHostPort(host, os.Getenv("KUBERNETES_SERVICE_PORT")))
	}
	coremain.Run()
}

// await waits until an address can be connected to, but not forever: CoreDNS
// has its own ways of saying that it can't.
func await(address string) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for give := time.Now().Add(patience); time.Now().Before(give); <-tick.C {
		if conn, err := net.DialTimeout("tcp", address, attempt); err == nil {
			_ = conn.Close()
			return
		}
	}
}
