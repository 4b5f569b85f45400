package cluster

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).AddrPort()
	for _, address := range []string{"127.0.0.1", "0.0.0.0"} {
		if !isInUse(t.Context(), hostPort{netip.MustParseAddr(address), port.Port(), "tcp"}) {
			t.Errorf("%s is free, but %s is in use", address, port)
		}
	}
	on := hostPort{port.Addr(), port.Port(), "tcp"}
	if holder := listeningProcess(on); runtime.GOOS == "linux" && !strings.Contains(holder, fmt.Sprintf("process %d ", os.Getpid())) {
		t.Errorf("got %q, want this process, %d", holder, os.Getpid())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if isInUse(t.Context(), on) {
		t.Error("the port is in use after the listener was closed")
	}
}

func TestPublisher(t *testing.T) {
	publishing := func(name, cluster, inner, host, port string) container {
		c := container{Name: name}
		c.Config.Labels = map[string]string{clusterLabel: cluster}
		c.HostConfig.PortBindings = map[string][]binding{inner: {{HostIP: host, HostPort: port}}}
		return c
	}
	running := []container{
		publishing("other-worker", "other", "30000/tcp", "0.0.0.0", "30000"),
		publishing("web", "", "80/tcp", "127.0.0.1", "30001"),
		publishing("dns", "", "53/udp", "", "30002"),
	}
	for _, c := range []struct {
		address  string
		port     uint16
		protocol string
		want     string
	}{
		{"127.0.0.1", 30000, "tcp", "kind cluster other (container other-worker)"},
		{"0.0.0.0", 30001, "tcp", "container web"},
		{"127.0.0.2", 30001, "tcp", ""},
		{"127.0.0.1", 30002, "udp", "container dns"},
		{"127.0.0.1", 30002, "tcp", ""},
		{"127.0.0.1", 30003, "tcp", ""},
	} {
		port := hostPort{netip.MustParseAddr(c.address), c.port, c.protocol}
		if got := publisher(running, port); got != c.want {
			t.Errorf("%s: got %q, want %q", port, got, c.want)
		}
	}
}

func TestHostPorts(t *testing.T) {
	kind, err := parseKind([]byte(twoNodes + `  extraPortMappings:
  - {containerPort: 80, hostPort: 8080}
  - {containerPort: 53, hostPort: 5353, listenAddress: "::1", protocol: UDP}
  - {containerPort: 81}
  - {containerPort: 82, hostPort: -1}
networking: {apiServerPort: 6443}
`))
	if err != nil {
		t.Fatal(err)
	}
	ports, err := hostPorts(kind)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range ports {
		got = append(got, p.String())
	}
	if diff := cmp.Diff([]string{"127.0.0.1:6443/tcp", "0.0.0.0:8080/tcp", "[::1]:5353/udp"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPortErrorHasAdvice(t *testing.T) {
	err := errors.Join(&PortError{Port: "127.0.0.1:30000/tcp", Holder: "process 7 (nginx)"}, &PortError{Port: "127.0.0.1:30001/tcp"})
	want := "port 127.0.0.1:30000/tcp is in use by process 7 (nginx): stop it, and try again\n" +
		"port 127.0.0.1:30001/tcp is in use: stop the process that listens on it, and try again"
	if err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
