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

// A wire leads to the engine, and can be cut: to whoever is at its end the
// engine is gone then, and nobody else notices.
type wire struct {
	path   string
	socket string // the engine's

	mu     sync.Mutex
	listen net.Listener
	ends   []net.Conn
}

// newWire lays a wire to the engine for one spec.
func newWire() *wire {
	GinkgoHelper()
	socket := strings.TrimPrefix(docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"), "unix://")
	if host.Host != "" {
		socket = strings.TrimPrefix(host.Host, "unix://")
	}
	if !strings.HasPrefix(socket, "/") || host.Provider != "docker" {
		Skip("takes a docker on a unix socket, not " + host.Provider + " on " + socket)
	}
	w := &wire{path: filepath.Join(GinkgoT().TempDir(), "docker.sock"), socket: socket}
	w.mend()
	DeferCleanup(w.cut)
	return w
}

// env makes podlab use the wire.
func (w *wire) env() []string { return []string{"DOCKER_HOST=unix://" + w.path} }

// mend makes the wire lead to the engine.
func (w *wire) mend() {
	GinkgoHelper()
	l, err := net.Listen("unix", w.path)
	Expect(err).NotTo(HaveOccurred())
	w.mu.Lock()
	w.listen = l
	w.mu.Unlock()
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return // cut
			}
			far, err := net.Dial("unix", w.socket)
			if err != nil {
				_ = near.Close()
				continue
			}
			w.mu.Lock()
			w.ends = append(w.ends, near, far)
			w.mu.Unlock()
			go carry(near, far)
			go carry(far, near)
		}
	}()
}

// carry passes on what comes, and its end, on its own: an exec's input ends
// before its output.
func carry(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.(*net.UnixConn).CloseWrite()
}

// deaf lets every connection be, and has new ones wait for an answer.
func (w *wire) deaf() {
	GinkgoHelper()
	w.mu.Lock()
	defer w.mu.Unlock()
	Expect(w.listen.Close()).To(Succeed())
	var err error
	w.listen, err = net.Listen("unix", w.path) // whom nobody accepts from
	Expect(err).NotTo(HaveOccurred())
}

// cut ends every connection, and refuses new ones.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listen.Close()
	for _, end := range w.ends {
		_ = end.Close()
	}
	w.ends = nil
}
