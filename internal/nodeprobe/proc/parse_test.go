package proc

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseStat(t *testing.T) {
	text := "4711 (a) R 1 (b\nc) S 1 4711 4711 0 -1 4194560 8 0 0 0 3 4 0 0 20 0 7 0 123456 0 0 18446744073709551615\n"
	got, err := parseStat([]byte(text))
	want := stat{name: "a) R 1 (b\nc", state: 'S', ppid: 1, flags: 4194560, threads: 7, startTicks: 123456}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"", "1", "1 (a", "1 )a( S", "1 (a) S 1", "1 (a) S" + strings.Repeat(" x", 40)} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("parseStat(%q) = %+v, want an error", bad, got)
		}
	}
}

func TestParseStatus(t *testing.T) {
	text := "Name:\ta\\nUid:\t1\nUid:\t10\t20\t30\t40\nNStgid:\t4712\t8\t2\nNSpid:\t4711\t7\t1\n"
	got, err := parseStatus([]byte(text))
	if err != nil || got.uid != 20 || !slices.Equal(got.pids, []int{4711, 7, 1}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", "Uid:\t0\t0\t0\t0\n", "NSpid:\t1\n", "Uid:\t0\nNSpid:\t1\n", "Uid:\t0\t0\nNSpid:\tx\n", "Uid:\t0\t0\nNSpid:\n"} {
		if got, err := parseStatus([]byte(bad)); err == nil {
			t.Errorf("parseStatus(%q) = %+v, want an error", bad, got)
		}
	}
}

func TestWithoutLine(t *testing.T) {
	for text, want := range map[string]string{
		"a\nSigQ:\t1/2\nb\n": "a\nb\n",
		"a\nSigQ:\t1/2\n":    "a\n",
		"a\nSigQ:\t1/2":      "a",
		"SigQ:\t1/2\nb\n":    "SigQ:\t1/2\nb\n",
		"a\nb\n":             "a\nb\n",
		"":                   "",
	} {
		if got := string(withoutLine([]byte(text), "\nSigQ:")); got != want {
			t.Errorf("withoutLine(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestIsAsleep(t *testing.T) {
	const counts = "voluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t3\n"
	for text, want := range map[string][2]bool{
		"Name:\ta\nState:\tS (sleeping)\nThreads:\t1\n" + counts: {true, true},
		"State:\tZ (zombie)\nThreads:\t1\n" + counts:             {true, true},
		"State:\tS (sleeping)\nThreads:\t11\n" + counts:          {true, false},
		"State:\tR (running)\nThreads:\t1\n" + counts:            {false, true},
		"State:\tX (dead)\nThreads:\t1\n" + counts:               {false, true},
		"State:\tS (sleeping)\nThreads:\t1\n":                    {false, true},
		"State:\t\nThreads:\t1\n" + counts:                       {false, true},
		"":                                                       {false, false},
	} {
		if asleep, singleThreaded := isAsleep([]byte(text)); [2]bool{asleep, singleThreaded} != want {
			t.Errorf("isAsleep(%q) = %v, %v", text, asleep, singleThreaded)
		}
	}
}

func TestParseCommand(t *testing.T) {
	for text, want := range map[string][]string{
		"":                            {},
		"\x00\x00":                    {},
		"sleep\x00300\x00":            {"sleep", "300"},
		"a\x00\x00b\x00":              {"a", "", "b"},
		"nginx: worker process":       {"nginx: worker process"},
		"nginx: worker\x00\x00\x00":   {"nginx: worker"},
		"sh\x00-c\x00two\nlines \x00": {"sh", "-c", "two\nlines "},
	} {
		if got := parseCommand([]byte(text)); !cmp.Equal(got, want) {
			t.Errorf("parseCommand(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestParseOwner(t *testing.T) {
	sandbox, container := strings.Repeat("a1", 32), strings.Repeat("b2", 32)
	ids := map[string]bool{sandbox: true, container: true}
	for text, want := range map[string]string{
		"0::/kubelet/kubepods/pod1/" + container + "\n":                                 container,
		"0::/kubelet.slice/kubelet-pod1.slice/cri-containerd-" + container + ".scope\n": container,
		"0::/pod1/" + container + "/docker/" + strings.Repeat("c3", 32) + "\n":          container,
		"0::/../../" + sandbox + " (deleted)\n":                                         sandbox,
		"12:memory:/\n5:name=systemd:/docker/x/kubelet/" + sandbox + "\n0::/\n":         sandbox,
		"0::/" + sandbox + "/" + container + "\n":                                       container,
		"0::/" + strings.Repeat("c3", 32) + "\n":                                        "",
		"0::/x" + sandbox + "\n":                                                        "",
		"0::/system.slice/containerd.service\n":                                         "",
		"0::/\n":                                                                        "",
		"3:" + container + ":/\n":                                                       "",
		"":                                                                              "",
	} {
		if got := parseOwner([]byte(text), ids); got != want {
			t.Errorf("parseOwner(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestParseTCP(t *testing.T) {
	text := `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
   2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
`
	got, err := parseTCP([]byte(text))
	want := []socket{
		{netip.MustParseAddrPort("127.0.0.1:8080"), 4711},
		{netip.MustParseAddrPort("[::1]:80"), 4713},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, bad := range []string{"0100007F1F90", "0100007:1F90", "0100007F:1F901", "0100007G:1F90", ":"} {
		line := fmt.Sprintf("0: %s 00000000:0000 0A 0 0 0 0 0 1 1\n", bad)
		if got, err := parseTCP([]byte(line)); err == nil {
			t.Errorf("parseTCP(%q) = %v, want an error", line, got)
		}
	}
}

// FuzzParseStat checks that parseStat finds the fields whatever the name is.
func FuzzParseStat(f *testing.F) {
	f.Add("nginx", 1, int64(99))
	f.Add("a) R 1 (b\nc", 4711, int64(0))
	f.Add(") S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", 0, int64(-1))
	f.Fuzz(func(t *testing.T, name string, ppid int, start int64) {
		text := fmt.Sprintf("7 (%s) S %d 7 7 0 -1 4194560 8 0 0 0 3 4 0 0 20 0 3 0 %d 0 0\n", name, ppid, start)
		got, err := parseStat([]byte(text))
		want := stat{name: name, state: 'S', ppid: ppid, flags: 4194560, threads: 3, startTicks: start}
		if err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
		_, _ = parseStat([]byte(name))
	})
}

// FuzzParsers checks that no text makes a parser panic, and that results come from
// the text.
func FuzzParsers(f *testing.F) {
	f.Add([]byte("Uid:\t0\t0\t0\t0\nNSpid:\t1\n"))
	f.Add([]byte("0::/kubelet/abc.scope\n"))
	f.Add([]byte("net:[4026531840]"))
	f.Add([]byte("socket:[1]"))
	f.Add([]byte("0: 0100007F:1F90 00000000:0000 0A 0 0 0 0 0 4711 1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = isAsleep(text)
		if s, err := parseStatus(text); err == nil && len(s.pids) == 0 {
			t.Errorf("parseStatus(%q) returned no pid and no error", text)
		}
		if owner := parseOwner(text, map[string]bool{"abc": true}); owner != "" && !strings.Contains(string(text), owner) {
			t.Errorf("parseOwner(%q) = %q", text, owner)
		}
		if inode, err := parseNamespace(text); err == nil && inode < 0 {
			t.Errorf("parseNamespace(%q) = %d", text, inode)
		}
		command := parseCommand(text)
		if got := strings.Join(command, "\x00"); got != strings.TrimRight(string(text), "\x00") {
			t.Errorf("parseCommand(%q) = %q", text, command)
		}
		sockets, err := parseTCP(text)
		for _, s := range sockets {
			if err == nil && !s.address.IsValid() {
				t.Errorf("parseTCP(%q) = %v", text, sockets)
			}
		}
	})
}
