package doctor

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// clusterNets are kind's own for services and pods. The nodes get them into
// their NO_PROXY from kind; what runs on this machine does not.
var clusterNets = []string{"10.96.0.0/16", "10.244.0.0/16"}

func proxy(f *Facts) []Finding {
	name, value := f.proxy("HTTPS_PROXY", "HTTP_PROXY")
	if value == "" {
		return nil
	}
	if host := hostOf(value); host == "localhost" || loopback(host) {
		return one("proxy", Fail, say("%s=%s is on this machine's loopback, where nodes can't reach it", "%s=%s: 이 컴퓨터의 루프백이라 노드에서 닿을 수 없습니다", name, value),
			say("have the proxy listen on an address that containers reach, and name that one", "컨테이너에서 닿는 주소에서 프록시가 듣게 하고 그 주소를 쓰세요"))
	}
	_, except := f.proxy("NO_PROXY")
	entries := strings.FieldsFunc(except, func(r rune) bool { return r == ',' || r == ' ' })
	var missing []string
	for _, want := range append([]string{"localhost", "127.0.0.1", ".svc", ".cluster.local"}, clusterNets...) {
		if !slices.ContainsFunc(entries, func(entry string) bool { return covers(entry, want) }) {
			missing = append(missing, want)
		}
	}
	if len(missing) == 0 {
		return one("proxy", OK, say("%s=%s, and NO_PROXY leaves the cluster out", "%s=%s, NO_PROXY가 클러스터를 제외합니다", name, value), nothing)
	}
	return one("proxy", Warn, say("%s is set, and NO_PROXY lacks %s", "%s가 설정되어 있는데 NO_PROXY에 %s가 없습니다", name, strings.Join(missing, ", ")),
		say("export NO_PROXY=%s", "export NO_PROXY=%s", strings.Join(append(entries, missing...), ",")))
}

// proxy returns the first of these variables that is set, in capitals or not.
func (f *Facts) proxy(names ...string) (name, value string) {
	for _, name := range names {
		for _, name := range []string{name, strings.ToLower(name)} {
			if value := f.Getenv(name); value != "" {
				return name, value
			}
		}
	}
	return "", ""
}

// hostOf returns the host of a proxy's address, which may lack its scheme.
func hostOf(proxy string) string {
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// covers says whether an entry of NO_PROXY takes in a host, a domain (which
// begins with a dot) or a network.
func covers(entry, want string) bool {
	if entry == "*" || strings.EqualFold(entry, want) {
		return true
	}
	if domain, ok := strings.CutPrefix(want, "."); ok {
		// Without its dot an entry takes in what is below it as well.
		return entry == domain || strings.HasSuffix(domain, "."+strings.TrimPrefix(entry, "."))
	}
	outer, err := netip.ParsePrefix(entry)
	if err != nil {
		return false
	}
	if addr, err := netip.ParseAddr(want); err == nil {
		return outer.Contains(addr)
	}
	inner, err := netip.ParsePrefix(want)
	return err == nil && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}
