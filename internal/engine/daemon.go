package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"podlab/internal/state"
)

// standardSocket is where the docker CLI looks when nobody tells it otherwise.
const standardSocket = "/var/run/docker.sock"

// ownBridge is the bridge of a dockerd that runs beside another one. docker0 is
// that one's, and a dockerd that is told to have none removes docker0 all the
// same.
const ownBridge = "podlab0"

// A Daemon is a dockerd of podlab's own: where it keeps things, and how it is
// set up. It outlives the podlab that started it, and is known again by its
// pid file together with a command line that names its configuration file.
type Daemon struct {
	// Root keeps images and containers, the configuration and the log.
	Root string
	// Run keeps what does not outlive a boot: pid files and sockets. It must
	// be short, as the path of a socket has 107 bytes at most.
	Run string
	// Socket is where the API is served; "" chooses when the daemon starts:
	// the standard path if nobody serves it, else one below Run.
	Socket string
	// Settings go into dockerd's configuration file, over podlab's own.
	Settings map[string]any
	// Runtime is the binary of podlab-oci, used where the host lacks
	// capabilities; nil takes the embedded one.
	Runtime []byte
}

// Default is the daemon that [Up] starts and [Down] stops.
func Default() *Daemon {
	return &Daemon{Root: "/var/lib/podlab/engine", Run: "/run/podlab/engine"}
}

// Log is the path of the daemon's log, of this start and those before.
func (d *Daemon) Log() string { return filepath.Join(d.Root, "dockerd.log") }

func (d *Daemon) config() string   { return filepath.Join(d.Root, "daemon.json") }
func (d *Daemon) data() string     { return filepath.Join(d.Root, "data") }
func (d *Daemon) execRoot() string { return filepath.Join(d.Run, "exec") }
func (d *Daemon) pidfile() string  { return filepath.Join(d.Run, "dockerd.pid") }

// configured reads the configuration that the daemon was last started with.
func (d *Daemon) configured() (settings, error) {
	data, err := os.ReadFile(d.config())
	if err != nil {
		return settings{}, err
	}
	var s settings
	if err := json.Unmarshal(data, &s); err != nil {
		return settings{}, fmt.Errorf("read %s: %w", d.config(), err)
	}
	return s, nil
}

// settings are those of dockerd's that are read back.
type settings struct {
	Hosts  []string `json:"hosts"`
	Bridge string   `json:"bridge"`
}

// configure writes the daemon's configuration file.
func (d *Daemon) configure(socket, runtime string) error {
	s := inherited("/etc/docker/daemon.json")
	s["hosts"] = []string{"unix://" + socket}
	s["data-root"] = d.data()
	s["exec-root"] = d.execRoot()
	s["pidfile"] = d.pidfile()
	if runtime != "" {
		s["runtimes"] = map[string]any{"podlab": map[string]any{"path": runtime}}
		s["default-runtime"] = "podlab"
	}
	if socket != standardSocket {
		s["bridge"] = ownBridge
	}
	maps.Copy(s, d.Settings)
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", d.config(), err)
	}
	return state.WriteFile(d.config(), append(data, '\n'), 0o644)
}

// inherited returns what a daemon of podlab's takes over from the
// configuration of the machine's own docker: how the network is reached.
func inherited(path string) map[string]any {
	kept := make(map[string]any)
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &kept) != nil {
		return make(map[string]any)
	}
	for name := range kept {
		if !slices.Contains([]string{"registry-mirrors", "insecure-registries", "dns", "dns-search", "mtu", "default-address-pools"}, name) {
			delete(kept, name)
		}
	}
	return kept
}

// served says whether somebody answers on a unix socket.
func served(ctx context.Context, socket string) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// ask sends GET path to the API on a unix socket and decodes its answer.
func ask(ctx context.Context, socket, path string, into any) error {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker"+path, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("ask %s for %s: %s", socket, path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// Address is the socket that the daemon was last started on.
func (d *Daemon) Address() (string, error) {
	s, err := d.configured()
	if err != nil {
		return "", err
	}
	for _, host := range s.Hosts {
		if socket, ok := strings.CutPrefix(host, "unix://"); ok {
			return socket, nil
		}
	}
	return "", fmt.Errorf("read %s: no unix socket among its hosts", d.config())
}
