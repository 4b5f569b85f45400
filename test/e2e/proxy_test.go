package e2e_test

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// A proxy forwards connections to the engine until a spec closes it. For its clients the
// engine is then gone, while other clients of the engine notice nothing.
type proxy struct {
	path   string
	socket string // of the engine

	mu     sync.Mutex
	listen net.Listener
	ends   []net.Conn
}

// newProxy starts a proxy to the engine for one spec.
func newProxy() *proxy {
	GinkgoHelper()
	socket := strings.TrimPrefix(docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"), "unix://")
	if host.Host != "" {
		socket = strings.TrimPrefix(host.Host, "unix://")
	}
	if !strings.HasPrefix(socket, "/") || host.Provider != "docker" {
		Skip("needs docker on a unix socket, not " + host.Provider + " on " + socket)
	}
	p := &proxy{path: filepath.Join(GinkgoT().TempDir(), "docker.sock"), socket: socket}
	p.start()
	DeferCleanup(p.close)
	return p
}

// env returns the environment that makes podlab use the proxy.
func (p *proxy) env() []string { return []string{"DOCKER_HOST=unix://" + p.path} }

// start accepts connections and forwards them to the engine.
func (p *proxy) start() {
	GinkgoHelper()
	l, err := net.Listen("unix", p.path)
	Expect(err).NotTo(HaveOccurred())
	p.mu.Lock()
	p.listen = l
	p.mu.Unlock()
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return // closed
			}
			far, err := net.Dial("unix", p.socket)
			if err != nil {
				_ = near.Close()
				continue
			}
			p.mu.Lock()
			p.ends = append(p.ends, near, far)
			p.mu.Unlock()
			go forward(near, far)
			go forward(far, near)
		}
	}()
}

// forward copies one direction of a connection and closes only that direction at the end:
// the input of an exec ends before its output.
func forward(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.(*net.UnixConn).CloseWrite()
}

// hang keeps existing connections and leaves new connections without an answer.
func (p *proxy) hang() {
	GinkgoHelper()
	p.mu.Lock()
	defer p.mu.Unlock()
	Expect(p.listen.Close()).To(Succeed())
	var err error
	p.listen, err = net.Listen("unix", p.path) // never accepts
	Expect(err).NotTo(HaveOccurred())
}

// close closes all connections and refuses new ones.
func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.listen.Close()
	for _, end := range p.ends {
		_ = end.Close()
	}
	p.ends = nil
}
