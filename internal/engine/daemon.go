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

// standardSocket is the docker command's default socket.
const standardSocket = "/var/run/docker.sock"

// ownBridge is the default bridge of a dockerd that runs beside another dockerd,
// which has docker0. "bridge": "none" is no alternative: that dockerd removes
// docker0 when it starts.
const ownBridge = "podlab0"

// A Daemon is a dockerd of podlab's own. It outlives the podlab that started it.
// podlab recognizes it by its pid file and a command line that names its
// configuration file.
type Daemon struct {
	// Root is the directory for images, containers, configuration and log.
	Root string
	// Run is the directory for pid files and sockets, which last until a reboot.
	// Keep it short: the path of a socket has at most 107 bytes.
	Run string
	// Socket is the path of the API's socket. If it is "", Start chooses the
	// standard socket if that is free, else one in Run.
	Socket string
	// Settings override podlab's settings in dockerd's configuration file.
	Settings map[string]any
	// Runtime is the executable podlab-oci, for hosts that lack capabilities. If it
	// is nil, Start uses the embedded one.
	Runtime []byte
}

// Default returns the daemon that [Find] starts and [Down] stops.
func Default() *Daemon {
	return &Daemon{Root: "/var/lib/podlab/engine", Run: "/run/podlab/engine"}
}

// Log returns the path of the daemon's log, which every start appends to.
func (d *Daemon) Log() string { return filepath.Join(d.Root, "dockerd.log") }

func (d *Daemon) config() string   { return filepath.Join(d.Root, "daemon.json") }
func (d *Daemon) data() string     { return filepath.Join(d.Root, "data") }
func (d *Daemon) execRoot() string { return filepath.Join(d.Run, "exec") }
func (d *Daemon) pidfile() string  { return filepath.Join(d.Run, "dockerd.pid") }

// settings are the settings of dockerd that podlab reads back.
type settings struct {
	Hosts  []string `json:"hosts"`
	Bridge string   `json:"bridge"`
}

// settings returns the settings of the daemon's last start.
func (d *Daemon) settings() (settings, error) {
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

// configure writes the daemon's configuration file.
func (d *Daemon) configure(socket, runtime string) error {
	s := systemSettings("/etc/docker/daemon.json")
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

// systemSettings returns the network settings in the configuration file of the
// machine's own docker, which podlab's daemon needs too.
func systemSettings(path string) map[string]any {
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

// isServed reports whether a process accepts connections on a unix socket.
func isServed(ctx context.Context, socket string) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// get sends GET path to the API on a unix socket and decodes the response.
func get(ctx context.Context, socket, path string, into any) error {
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
		return fmt.Errorf("get %s from %s: %s", path, socket, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// Address returns the socket of the daemon's last start.
func (d *Daemon) Address() (string, error) {
	s, err := d.settings()
	if err != nil {
		return "", err
	}
	for _, host := range s.Hosts {
		if socket, ok := strings.CutPrefix(host, "unix://"); ok {
			return socket, nil
		}
	}
	return "", fmt.Errorf("read %s: no unix socket in hosts", d.config())
}
