package doctor

import (
	"fmt"

	"podlab/internal/text"
)

// A Verdict is how bad a finding is.
type Verdict string

// The verdicts.
const (
	// OK is how it should be, or what podlab copes with.
	OK Verdict = "ok"
	// Warn may become trouble.
	Warn Verdict = "warn"
	// Fail keeps a cluster from coming up.
	Fail Verdict = "fail"
)

// A Finding is what one check has found.
type Finding struct {
	// Name is what was looked at, one or two words that stay the same.
	Name string `json:"name"`
	// Verdict is ok, warn or fail.
	Verdict Verdict `json:"verdict"`
	// Seen is what was seen, in one sentence.
	Seen text.Text `json:"seen"`
	// Fix is what to do, in one sentence; empty when there is nothing to do.
	Fix text.Text `json:"fix"`
}

// Check judges the facts. What can't be told from them is left out.
func Check(f *Facts) []Finding {
	var findings []Finding
	for _, check := range []func(*Facts) []Finding{
		usable, version, storage, rootless, daemonConfig,
		kernel, cgroups, controllers, capabilities, inotify, netfilter, firewalld, selinux,
		disk, memory, ports, proxy, packages,
	} {
		findings = append(findings, check(f)...)
	}
	return findings
}

// one is a single finding.
func one(name string, v Verdict, seen, fix text.Text) []Finding {
	return []Finding{{Name: name, Verdict: v, Seen: seen, Fix: fix}}
}

// say is a text in which both languages have the same arguments; name them
// (%[2]s) where their order differs.
func say(en, ko string, args ...any) text.Text {
	if len(args) == 0 {
		return text.Text{EN: en, KO: ko}
	}
	return text.Text{EN: fmt.Sprintf(en, args...), KO: fmt.Sprintf(ko, args...)}
}

// nothing is the fix of what is right.
var nothing text.Text

// size writes an amount of bytes for people.
func size(bytes uint64) string {
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
}
