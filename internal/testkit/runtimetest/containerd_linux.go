package runtimetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A Runtime is a containerd for one test.
type Runtime struct {
	// Socket is the path where containerd serves CRI.
	Socket string
	// CRI is a connection to the socket.
	CRI    runtime.RuntimeServiceClient
	images runtime.ImageServiceClient
	dir    string
	cmd    *exec.Cmd
}

// configuration is containerd's configuration; containerd reads version 2 since
// 1.6. On hosts without CAP_SYS_RESOURCE, runc can't lower oom_score_adj.
const configuration = `version = 2
root = %[1]q
state = %[2]q
[grpc]
address = %[3]q
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = %[4]q
restrict_oom_score_adj = true
stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = %[5]q
conf_dir = %[5]q
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
`

// containerd creates a network namespace for each sandbox. The plugin leaves it
// empty and only reports an IP.
const (
	network = `{"cniVersion": "0.4.0", "name": "nothing", "type": "plugin"}`
	plugin  = `#!/bin/sh
case $CNI_COMMAND in
VERSION) echo '{"cniVersion": "0.4.0", "supportedVersions": ["0.3.1", "0.4.0"]}' ;;
ADD) echo '{"cniVersion": "0.4.0", "interfaces": [{"name": "'"$CNI_IFNAME"'", "sandbox": "'"$CNI_NETNS"'"}],
	"ips": [{"version": "4", "interface": 0, "address": "` + SandboxIP + `/8"}]}' ;;
esac
`
)

// SandboxIP is the IP that the plugin reports for every sandbox.
const SandboxIP = "10.1.2.3"

// Start starts a containerd that has ActorImage. It stops with the test. Start
// skips the test if the host can't run containerd.
func Start(t testing.TB) *Runtime {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a containerd: not with -short")
	}
	for _, binary := range []string{"containerd", "containerd-shim-runc-v2", "ctr", "runc"} {
		if _, err := exec.LookPath(binary); err != nil {
			t.Skipf("can't start containerd: %v", err)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("can't start containerd: not root")
	}
	dir := t.TempDir()
	r := &Runtime{dir: dir, Socket: filepath.Join(dir, "c.sock")}
	config := fmt.Sprintf(configuration, filepath.Join(dir, "root"), filepath.Join(dir, "state"), r.Socket, ActorImage, dir)
	for path, content := range map[string]string{
		r.config(): config, filepath.Join(dir, "net.conf"): network, filepath.Join(dir, "plugin"): plugin, filepath.Join(dir, "loopback"): plugin,
	} {
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := grpc.NewClient("unix://"+r.Socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	r.CRI, r.images = runtime.NewRuntimeServiceClient(conn), runtime.NewImageServiceClient(conn)
	t.Cleanup(func() { _ = conn.Close() })
	r.StartDaemon(t)
	t.Cleanup(removeCgroups)
	t.Cleanup(func() { r.KillDaemon(t) })
	t.Cleanup(func() { r.removeSandboxes(t) })
	r.importImage(t)
	return r
}

func (r *Runtime) config() string { return filepath.Join(r.dir, "config.toml") }

// StartDaemon starts the daemon. It can start it again after KillDaemon.
func (r *Runtime) StartDaemon(t testing.TB) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(r.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r.cmd = exec.Command("containerd", "--config", r.config())
	r.cmd.Stdout, r.cmd.Stderr = log, log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := r.CRI.Version(ctx, &runtime.VersionRequest{}, grpc.WaitForReady(true)); err != nil {
		r.KillDaemon(t)
		t.Skipf("containerd does not serve CRI: %v\n%s", err, r.log())
	}
}

// RequireEvents skips the test if containerd is older than 1.7, which was the first
// to send CRI events.
func (r *Runtime) RequireEvents(t testing.TB) {
	t.Helper()
	reply, err := r.CRI.Version(t.Context(), &runtime.VersionRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if version := reply.GetRuntimeVersion(); strings.HasPrefix(strings.TrimPrefix(version, "v"), "1.6.") {
		t.Skipf("containerd %s sends no events", version)
	}
}

// KillDaemon kills the daemon. Its sandboxes live on.
func (r *Runtime) KillDaemon(t testing.TB) {
	t.Helper()
	if err := r.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = r.cmd.Wait()
}

// removeCgroups removes the parent of the sandboxes' cgroups from every hierarchy,
// unless another test still has sandboxes in it.
func removeCgroups() {
	for _, pattern := range []string{"/sys/fs/cgroup" + cgroup, "/sys/fs/cgroup/*" + cgroup} {
		found, _ := filepath.Glob(pattern) // the patterns are valid
		for _, dir := range found {
			_ = os.Remove(dir)
		}
	}
}

// log returns the errors in the daemon's log.
func (r *Runtime) log() string {
	text, err := os.ReadFile(filepath.Join(r.dir, "log"))
	if err != nil {
		return err.Error()
	}
	var failures strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "level=error") || strings.Contains(line, "failed to") {
			failures.WriteString(line)
		}
	}
	return failures.String()
}
