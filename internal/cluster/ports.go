package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"

	"podlab/internal/engine"
)

// CheckPorts returns a *[PortError], joined, for each port of the host that kind's
// configuration needs and that is in use. If the cluster runs already, its ports
// are its own, and CheckPorts returns nil.
func CheckPorts(ctx context.Context, e *engine.Engine, name string, config []byte) error {
	cluster, err := parseKind(config)
	if err != nil {
		return err
	}
	h := newHandle(e, name, nil)
	found, err := h.containers(ctx)
	if err != nil {
		return err
	}
	for _, c := range found {
		if c.State.Status == "running" {
			return nil
		}
	}
	return h.checkPorts(ctx, cluster)
}

// HostPorts returns the ports of the host that kind's configuration needs.
func HostPorts(config []byte) ([]int, error) {
	cluster, err := parseKind(config)
	if err != nil {
		return nil, err
	}
	wanted, err := hostPorts(cluster)
	if err != nil {
		return nil, err
	}
	ports := make([]int, len(wanted))
	for i, port := range wanted {
		ports[i] = int(port.port)
	}
	return ports, nil
}

// A hostPort is a port of the host.
type hostPort struct {
	address  netip.Addr
	port     uint16
	protocol string // tcp, udp or sctp
}

func (p hostPort) String() string {
	return netip.AddrPortFrom(p.address, p.port).String() + "/" + p.protocol
}

// checkPorts is [CheckPorts] for a cluster that does not run.
func (h *handle) checkPorts(ctx context.Context, cluster *v1alpha4.Cluster) error {
	wanted, err := hostPorts(cluster)
	if err != nil || len(wanted) == 0 {
		return err
	}
	running, err := h.inspect(ctx)
	if err != nil {
		return fmt.Errorf("list published ports: %w", err)
	}
	errs := make([]error, 0, len(wanted))
	for _, port := range wanted {
		if holder := publisher(running, port); holder != "" {
			errs = append(errs, &PortError{Port: port.String(), Holder: holder})
		} else if h.engineIsLocal() && isInUse(ctx, port) {
			errs = append(errs, &PortError{Port: port.String(), Holder: listeningProcess(port)})
		}
	}
	return errors.Join(errs...)
}

// hostPorts returns the ports with a number in the configuration. kind chooses the
// others.
func hostPorts(cluster *v1alpha4.Cluster) ([]hostPort, error) {
	var wanted []hostPort
	add := func(address string, port int32, protocol v1alpha4.PortMappingProtocol) error {
		if port <= 0 {
			return nil
		}
		if address == "" {
			address = "0.0.0.0"
			if cluster.Networking.IPFamily == v1alpha4.IPv6Family {
				address = "::"
			}
		}
		ip, err := netip.ParseAddr(address)
		if err != nil || port > 65535 {
			return fmt.Errorf("read kind configuration: %s:%d is not an address with a port", address, port)
		}
		if protocol == "" {
			protocol = v1alpha4.PortMappingProtocolTCP
		}
		wanted = append(wanted, hostPort{ip, uint16(port), strings.ToLower(string(protocol))})
		return nil
	}
	errs := []error{add(cluster.Networking.APIServerAddress, cluster.Networking.APIServerPort, "")}
	for _, node := range cluster.Nodes {
		for _, m := range node.ExtraPortMappings {
			errs = append(errs, add(m.ListenAddress, m.HostPort, m.Protocol))
		}
	}
	return wanted, errors.Join(errs...)
}

// publisher returns the running container that publishes the port, or "". It is not
// enough to look for a process that listens on the port, because an engine can leave
// published ports to the kernel's address translation.
func publisher(running []container, port hostPort) string {
	for _, c := range running {
		for inner, bindings := range c.HostConfig.PortBindings {
			if !strings.HasSuffix(inner, "/"+port.protocol) {
				continue
			}
			for _, b := range bindings {
				if b.HostPort != strconv.Itoa(int(port.port)) || !overlap(b.HostIP, port.address) {
					continue
				}
				if name := c.Config.Labels[clusterLabel]; name != "" {
					return fmt.Sprintf("kind cluster %s (container %s)", name, c.Name)
				}
				return "container " + c.Name
			}
		}
	}
	return ""
}

// overlap reports whether a binding to one address blocks a binding to another.
func overlap(bound string, wanted netip.Addr) bool {
	address, err := netip.ParseAddr(bound)
	return err != nil || address.IsUnspecified() || wanted.IsUnspecified() || address == wanted
}

// engineIsLocal reports whether the engine publishes ports on this machine.
func (h *handle) engineIsLocal() bool {
	host := h.engine.Host
	if host == "" {
		host = os.Getenv("DOCKER_HOST")
	}
	return !strings.HasPrefix(host, "tcp://") && !strings.HasPrefix(host, "ssh://")
}

// isInUse tries to listen on the port.
func isInUse(ctx context.Context, port hostPort) bool {
	address := netip.AddrPortFrom(port.address, port.port).String()
	switch port.protocol {
	case "tcp":
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err == nil {
			_ = l.Close()
		}
		return errors.Is(err, syscall.EADDRINUSE)
	case "udp":
		l, err := new(net.ListenConfig).ListenPacket(ctx, "udp", address)
		if err == nil {
			_ = l.Close()
		}
		return errors.Is(err, syscall.EADDRINUSE)
	default:
		return false
	}
}
