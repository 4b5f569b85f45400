package doctor

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// clusterNets are kind's networks for services and pods. kind adds them to NO_PROXY
// in the nodes, but not on this machine.
var clusterNets = []string{"10.96.0.0/16", "10.244.0.0/16"}

// proxy checks the proxy's variables. Its texts never contain the proxy's URL,
// which may have a password.
func proxy(f *Facts) []Finding {
	name, value := f.firstSet("HTTPS_PROXY", "HTTP_PROXY")
	if value == "" {
		return nil
	}
	if host := hostOf(value); host == "localhost" || isLoopback(host) {
		return finding("proxy", Fail, textf("%s points to %s, a loopback address that nodes can't reach", "%s(%s): 루프백 주소라서 노드에서 접속할 수 없습니다", name, host),
			textf("let the proxy listen on an address that containers can reach, and use that address", "프록시가 컨테이너에서 접속할 수 있는 주소에서 리슨하게 하고 그 주소를 쓰세요"))
	}
	_, noProxy := f.firstSet("NO_PROXY")
	entries := strings.FieldsFunc(noProxy, func(r rune) bool { return r == ',' || r == ' ' })
	var missing []string
	for _, want := range append([]string{"localhost", "127.0.0.1", ".svc", ".cluster.local"}, clusterNets...) {
		if !slices.ContainsFunc(entries, func(entry string) bool { return covers(entry, want) }) {
			missing = append(missing, want)
		}
	}
	if len(missing) == 0 {
		return finding("proxy", OK, textf("%s is set, and NO_PROXY excludes the cluster", "%s가 설정되어 있고, NO_PROXY가 클러스터를 제외합니다", name), noFix)
	}
	return finding("proxy", Warn, textf("%s is set, but NO_PROXY lacks %s", "%s가 설정되어 있는데 NO_PROXY에 다음이 없습니다: %s", name, strings.Join(missing, ", ")),
		textf("export NO_PROXY=%s", "export NO_PROXY=%s", strings.Join(append(entries, missing...), ",")))
}

// firstSet returns the first of the variables that is set, in upper or lower case.
func (f *Facts) firstSet(names ...string) (name, value string) {
	for _, name := range names {
		for _, name := range []string{name, strings.ToLower(name)} {
			if value := f.Getenv(name); value != "" {
				return name, value
			}
		}
	}
	return "", ""
}

// hostOf returns the host of a proxy's URL, which may lack the scheme.
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

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// covers reports whether an entry of NO_PROXY covers a host, a domain (with a
// leading dot) or a network.
func covers(entry, want string) bool {
	if entry == "*" || strings.EqualFold(entry, want) {
		return true
	}
	if domain, ok := strings.CutPrefix(want, "."); ok {
		// An entry without a leading dot covers its subdomains too.
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
