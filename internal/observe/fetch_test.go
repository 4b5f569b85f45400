package observe

import (
	"context"
	"testing"
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
