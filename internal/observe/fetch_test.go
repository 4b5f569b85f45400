package observe

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"podlab/internal/lab"
)

func TestMapped(t *testing.T) {
	ports := func(bindings ...any) map[string]any {
		return map[string]any{"NetworkSettings": map[string]any{"Ports": map[string]any{"30000/tcp": bindings, "6443/tcp": nil}}}
	}
	at := func(ip, port string) any { return map[string]any{"HostIp": ip, "HostPort": port} }
	for _, test := range []struct {
		name string
		says map[string]any
		want string
	}{
		{"loopback", ports(at("127.0.0.1", "31000")), "127.0.0.1:31000"},
		{"every address", ports(at("0.0.0.0", "30000")), "127.0.0.1:30000"},
		{"both families", ports(at("::", "30000"), at("0.0.0.0", "30000")), "127.0.0.1:30000"},
		{"podman's every address", ports(at("", "30000")), "127.0.0.1:30000"},
		{"one address", ports(at("192.0.2.1", "30000")), "192.0.2.1:30000"},
		{"not mapped", ports(), ""},
	} {
		o := &Observer{Config: Config{Nodes: []string{"c-worker", "c-control-plane"}, Inspect: func(_ context.Context, node string) (map[string]any, error) {
			if node == "c-control-plane" {
				return map[string]any{}, nil
			}
			return test.says, nil
		}}}
		got, err := o.mapped(t.Context(), 30000)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: got %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

// A connection that is closed without an answer is retried: only a port that never
// answers has status 0.
func TestFetchRetriesClosedConnections(t *testing.T) {
	for _, test := range []struct {
		name   string
		closed int64 // connections that are closed before the server answers
		want   int
	}{{"answers at once", 0, 200}, {"answers at last", fetchAttempts - 1, 200}, {"never answers", fetchAttempts, 0}} {
		t.Run(test.name, func(t *testing.T) {
			var connections atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) {
				if connections.Add(1) <= test.closed {
					panic(http.ErrAbortHandler)
				}
			}))
			defer server.Close()
			address, err := netip.ParseAddrPort(strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			port := map[string]any{"HostIp": "127.0.0.1", "HostPort": strconv.Itoa(int(address.Port()))}
			o := &Observer{Config: Config{Nodes: []string{"c-worker"}, Inspect: func(context.Context, string) (map[string]any, error) {
				return map[string]any{"NetworkSettings": map[string]any{"Ports": map[string]any{"30000/tcp": []any{port}}}}, nil
			}}}
			got, err := o.fetch(t.Context(), &lab.Fetch{Port: 30000, Path: "/"})
			if err != nil || got.Status != test.want {
				t.Errorf("got %+v, %v; want status %d", got, err, test.want)
			}
		})
	}
}
