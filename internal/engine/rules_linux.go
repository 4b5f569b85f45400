package engine

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// A dockerd that starts empties the chains of docker's in iptables, those of
// another dockerd with them, whose containers then can't be reached from
// outside any more. So what was there is put back, except what the daemon has
// left there itself.

// families are the programs of the two families of addresses.
var families = []string{"iptables", "ip6tables"}

// rules returns the appending rules of docker's chains by family, each behind
// its table ("nat -A DOCKER ...").
func rules(ctx context.Context) map[string][]string {
	found := make(map[string][]string)
	for _, family := range families {
		save := program(family + "-save")
		if save == "" {
			continue
		}
		out, err := exec.CommandContext(ctx, save).Output()
		if err != nil {
			continue // no such family here, no rules
		}
		table := ""
		for line := range strings.Lines(string(out)) {
			line = strings.TrimSpace(line)
			if name, ok := strings.CutPrefix(line, "*"); ok {
				table = name
			}
			if strings.HasPrefix(line, "-A DOCKER") {
				found[family] = append(found[family], table+" "+line)
			}
		}
	}
	return found
}

// putBack inserts the rules that were there before and are not now, in their
// order and before all others, as docker's chains end in a RETURN.
func (d *Daemon) putBack(ctx context.Context, before map[string][]string) error {
	bridges, err := d.bridges(ctx)
	if err != nil {
		return fmt.Errorf("list networks of podlab's own docker: %w", err)
	}
	now := rules(ctx)
	for family, old := range before {
		lost := slices.DeleteFunc(slices.Clone(old), func(rule string) bool {
			ours := slices.ContainsFunc(strings.Fields(rule), func(word string) bool { return slices.Contains(bridges, word) })
			return ours || slices.Contains(now[family], rule)
		})
		if len(lost) == 0 {
			continue
		}
		cmd := exec.CommandContext(ctx, program(family+"-restore"), "--noflush", "--wait")
		cmd.Stdin = strings.NewReader(insertions(lost))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("put back the rules of another docker: %s-restore: %w: %s", family, err, out)
		}
	}
	return nil
}

// insertions is the input of iptables-restore that inserts rules at the head
// of their chains.
func insertions(rules []string) string {
	var b strings.Builder
	table := ""
	// Each goes before the one inserted last.
	for _, rule := range slices.Backward(rules) {
		in, rule, _ := strings.Cut(rule, " -A ")
		if in != table {
			if table != "" {
				b.WriteString("COMMIT\n")
			}
			table = in
			b.WriteString("*" + table + "\n")
		}
		b.WriteString("-I " + rule + "\n")
	}
	b.WriteString("COMMIT\n")
	return b.String()
}

// bridges returns the names of the bridges of the daemon's networks.
func (d *Daemon) bridges(ctx context.Context) ([]string, error) {
	socket, err := d.Address()
	if err != nil {
		return nil, err
	}
	var networks []struct {
		ID      string `json:"Id"`
		Driver  string
		Options map[string]string
	}
	if err := ask(ctx, socket, "/networks", &networks); err != nil {
		return nil, err
	}
	var names []string
	for _, n := range networks {
		if n.Driver != "bridge" {
			continue
		}
		name := n.Options["com.docker.network.bridge.name"]
		if name == "" {
			name = "br-" + n.ID[:12]
		}
		names = append(names, name)
	}
	return names, nil
}
