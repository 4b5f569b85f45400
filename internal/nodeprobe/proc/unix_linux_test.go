package proc

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/testkit/actor"
)

func unixListener(t *testing.T, path string) *api.UnixListener {
	t.Helper()
	sockets, err := ReadListeners(scan(t))
	if err != nil || sockets.Problem != "" {
		t.Fatalf("%v, %s", err, sockets.Problem)
	}
	i := slices.IndexFunc(sockets.Unix, func(l api.UnixListener) bool { return l.Path == path })
	if i < 0 {
		return nil
	}
	return &sockets.Unix[i]
}

func TestUnixListeners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	server := actor.Start(t, 0, "unix", path)
	if diff := cmp.Diff(&api.UnixListener{Path: path, PIDs: []int{server.PID}, Clients: []int{}}, unixListener(t, path)); diff != "" {
		t.Errorf("without a client (-want +got):\n%s", diff)
	}
	client := actor.Start(t, 0, "client", path)
	if got := unixListener(t, path); got == nil || !slices.Equal(got.Clients, []int{client.PID}) || !slices.Equal(got.PIDs, []int{server.PID}) {
		t.Errorf("got %+v, want process %d as the client", got, client.PID)
	}
	client.Stop()
	if got := unixListener(t, path); got == nil || len(got.Clients) != 0 {
		t.Errorf("after the client exited: %+v", got)
	}
	server.Stop()
	if got := unixListener(t, path); got != nil {
		t.Errorf("after the server exited: %+v", got)
	}
}

func TestUnixListenersInOtherNamespace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	actor.Start(t, actor.Isolated, "unix", path)
	if got := unixListener(t, path); got != nil {
		t.Errorf("got %+v, want no listener in another network namespace", got)
	}
}

func TestParseUnixMessage(t *testing.T) {
	for name, data := range map[string][]byte{
		"short":                    make([]byte, unixSize-1),
		"attribute without a size": append(make([]byte, unixSize), 0, 0, 0, 0),
		"attribute too long":       append(make([]byte, unixSize), 9, 0, 0, 0, 'a'),
	} {
		if got, err := parseUnixMessage(data); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
	abstract := append(make([]byte, unixSize), 6, 0, attrName, 0, 0, 'a')
	abstract[unixState], abstract[unixInode] = stateListen, 7
	if got, err := parseUnixMessage(abstract); err != nil || got != (unixSocket{listen: true, inode: 7}) {
		t.Errorf("abstract name: %+v, %v", got, err)
	}
}
