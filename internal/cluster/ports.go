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

// A PortError says that a port of the host that a cluster needs is taken.
type PortError struct {
	// Port is the address and port (127.0.0.1:30000/tcp).
	Port string
	// Holder is who has it, "" when that can't be known.
	Holder string
}

func (e *PortError) Error() string {
	if e.Holder == "" {
		return fmt.Sprintf("port %s is in use: end what listens on it, and try again", e.Port)
	}
	return fmt.Sprintf("port %s is in use by %s: end that, and try again", e.Port, e.Holder)
}

// CheckPorts returns a *[PortError] for each of the host's ports that kind's
// configuration asks for and that somebody has, joined. Those of the cluster of
// that name itself are its own.
func CheckPorts(ctx context.Context, e *engine.Engine, name string, config []byte) error {
	cluster, err := parseKind(config)
	if err != nil {
		return err
	}
	s := newSite(e, name, nil)
	found, err := s.containers(ctx)
	if err != nil {
		return err
	}
	for _, c := range found {
		if c.State.Status == "running" {
			return nil
		}
	}
	return s.checkPorts(ctx, cluster)
}

// HostPorts returns the host's ports that kind's configuration asks for.
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

// A hostPort is a port of the host that is wanted.
type hostPort struct {
	address  netip.Addr
	port     uint16
	protocol string // tcp, udp or sctp
}

func (p hostPort) String() string {
	return netip.AddrPortFrom(p.address, p.port).String() + "/" + p.protocol
}

func (s *site) checkPorts(ctx context.Context, cluster *v1alpha4.Cluster) error {
	wanted, err := hostPorts(cluster)
	if err != nil || len(wanted) == 0 {
		return err
	}
	running, err := s.inspect(ctx)
	if err != nil {
		return fmt.Errorf("look for ports in use: %w", err)
	}
	errs := make([]error, 0, len(wanted))
	for _, port := range wanted {
		if holder := holderAmong(running, port); holder != "" {
			errs = append(errs, &PortError{Port: port.String(), Holder: holder})
		} else if s.engineIsLocal() && taken(ctx, port) {
			errs = append(errs, &PortError{Port: port.String(), Holder: listener(port)})
		}
	}
	return errors.Join(errs...)
}

// hostPorts are the ports that the configuration fixes; others are chosen when
// they are needed.
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
			return fmt.Errorf("read kind configuration: %s:%d is not an address and port", address, port)
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

// holderAmong returns which of the running containers has the port published.
// An engine need not have a process that listens for it: it can as well leave
// that to the kernel's address translation.
func holderAmong(running []container, port hostPort) string {
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

// overlap reports whether a binding to one address is in the way of another.
func overlap(bound string, wanted netip.Addr) bool {
	address, err := netip.ParseAddr(bound)
	return err != nil || address.IsUnspecified() || wanted.IsUnspecified() || address == wanted
}

// engineIsLocal says whether the engine publishes ports on this machine.
func (s *site) engineIsLocal() bool {
	host := s.engine.Host
	if host == "" {
		host = os.Getenv("DOCKER_HOST")
	}
	return !strings.HasPrefix(host, "tcp://") && !strings.HasPrefix(host, "ssh://")
}

// taken tries whether the port can be listened on.
func taken(ctx context.Context, port hostPort) bool {
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
