// Command flanneld is flannel with the one subnet manager (Kubernetes) and the
// one backend (host-gw) that a kind cluster's nodes, all on one network, need.
//
// Upstream's main links every backend: one of them needs cgo, others cloud
// SDKs. Built from flannel's own packages, this one is static for every
// architecture. It also waits for the API server where upstream's exits, so
// that a node that starts before its API server does not sit out the kubelet's
// restart back-off; and it waits in short attempts: before kube-proxy has made
// its first rules, the way to the API server's service leads nowhere, and a
// connection that is begun then is given up after half a minute only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/flannel-io/flannel/pkg/backend"
	_ "github.com/flannel-io/flannel/pkg/backend/hostgw"
	"github.com/flannel-io/flannel/pkg/ip"
	"github.com/flannel-io/flannel/pkg/ipmatch"
	"github.com/flannel-io/flannel/pkg/subnet"
	"github.com/flannel-io/flannel/pkg/subnet/kube"
	"github.com/flannel-io/flannel/pkg/trafficmngr/iptables"
	"k8s.io/klog/v2"
)

const (
	annotationPrefix = "flannel.alpha.coreos.com"
	resyncSeconds    = 5
	attempt          = 300 * time.Millisecond
	interval         = 100 * time.Millisecond
)

func main() {
	netConf := flag.String("net-config-path", "/etc/kube-flannel/net-conf.json", "path of flannel's network configuration")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *netConf)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		klog.Error(err)
		klog.FlushAndExit(klog.ExitFlushTimeout, 1)
	}
}

// run routes to the other nodes' pods until ctx ends.
func run(ctx context.Context, netConf string) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer func() { cancel(); wg.Wait() }()

	manager, err := subnets(ctx, netConf)
	if err != nil {
		return err
	}
	config, err := manager.GetNetworkConfig(ctx)
	if err != nil {
		return fmt.Errorf("read network configuration: %w", err)
	}
	network, err := register(ctx, &wg, manager, config)
	if err != nil {
		return err
	}

	rules := &iptables.IPTablesManager{}
	if err := rules.Init(ctx); err != nil {
		return fmt.Errorf("set up iptables: %w", err)
	}
	if err := rules.SetupAndEnsureMasqRules(ctx,
		config.Network, ip.IP4Net{}, ip.IP4Net{},
		config.IPv6Network, ip.IP6Net{}, ip.IP6Net{},
		network.Lease(), resyncSeconds, false); err != nil {
		return fmt.Errorf("set up masquerading: %w", err)
	}
	rules.SetupAndEnsureForwardRules(ctx, config.Network, config.IPv6Network, resyncSeconds)

	wg.Go(func() { network.Run(ctx) })
	if err := manager.CompleteLease(ctx, network.Lease(), &wg); err != nil {
		return fmt.Errorf("report the network as up: %w", err)
	}
	<-ctx.Done()
	return ctx.Err()
}

// subnets asks the API server for this node's subnet, again and again until it
// answers.
func subnets(ctx context.Context, netConf string) (subnet.Manager, error) {
	address := net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		conn, err := net.DialTimeout("tcp", address, attempt)
		if err == nil {
			_ = conn.Close()
			manager, err := kube.NewSubnetManager(ctx, "", "", annotationPrefix, netConf, true)
			if err == nil {
				return manager, nil
			}
			klog.Warningf("ask for this node's subnet: %v", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// register announces this node's address and takes its lease.
func register(ctx context.Context, wg *sync.WaitGroup, manager subnet.Manager, config *subnet.Config) (backend.Network, error) {
	stack, err := ipmatch.GetIPFamily(config.EnableIPv4, config.EnableIPv6)
	if err != nil {
		return nil, fmt.Errorf("tell the network's IP families: %w", err)
	}
	iface, err := ipmatch.LookupExtIface("", "", "", stack, ipmatch.PublicIPOpts{})
	if err != nil {
		return nil, fmt.Errorf("find the interface to other nodes: %w", err)
	}
	be, err := backend.NewManager(ctx, manager, iface).GetBackend(config.BackendType)
	if err != nil {
		return nil, fmt.Errorf("get backend %s: %w", config.BackendType, err)
	}
	network, err := be.RegisterNetwork(ctx, wg, config)
	if err != nil {
		return nil, fmt.Errorf("register with %s: %w", config.BackendType, err)
	}
	return network, nil
}
