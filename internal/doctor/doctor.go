package doctor

import (
	"fmt"

	"podlab/internal/text"
)

// A Verdict is the severity of a finding.
type Verdict string

const (
	// OK means that nothing is wrong, or that podlab works around it.
	OK Verdict = "ok"
	// Warn means a possible problem.
	Warn Verdict = "warn"
	// Fail means that clusters can't start.
	Fail Verdict = "fail"
)

// A Finding is the result of one check.
type Finding struct {
	// Name is what the check is about, in one to three words. It never changes.
	Name string `json:"name"`
	// Verdict is ok, warn or fail.
	Verdict Verdict `json:"verdict"`
	// Seen describes the machine in one sentence.
	Seen text.Text `json:"seen"`
	// Fix says in one sentence what to do. It is empty if there is nothing to do.
	Fix text.Text `json:"fix"`
}

// Check checks the facts. It returns no finding for a check that lacks facts.
func Check(f *Facts) []Finding {
	var findings []Finding
	for _, check := range []func(*Facts) []Finding{
		usableEngine, engineVersion, storage, rootless, daemonConfig,
		kernel, cgroups, controllers, capabilities, inotify, netfilter, firewalld, selinux,
		disks, memory, ports, proxy, packages,
	} {
		findings = append(findings, check(f)...)
	}
	return findings
}

// finding returns a single finding.
func finding(name string, v Verdict, seen, fix text.Text) []Finding {
	return []Finding{{Name: name, Verdict: v, Seen: seen, Fix: fix}}
}

// textf formats a text. Both languages get the same arguments: index them (%[2]s)
// if their order differs.
func textf(en, ko string, args ...any) text.Text {
	if len(args) == 0 {
		return text.Text{EN: en, KO: ko}
	}
	return text.Text{EN: fmt.Sprintf(en, args...), KO: fmt.Sprintf(ko, args...)}
}

// noFix is the fix of a finding that needs none.
var noFix text.Text

// size formats a number of bytes.
func size(bytes uint64) string {
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
}
