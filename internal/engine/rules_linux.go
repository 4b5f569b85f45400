package engine

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// dockerd empties docker's iptables chains when it starts. That removes the rules
// of another dockerd too, and its containers lose their published ports. So
// podlab restores the other dockerd's rules.

// families are the programs for IPv4 and IPv6.
var families = []string{"iptables", "ip6tables"}

// dockerRules returns the rules in docker's chains by family, as the table and
// the iptables command that appends the rule ("nat -A DOCKER ...").
func dockerRules(ctx context.Context) map[string][]string {
	found := make(map[string][]string)
	for _, family := range families {
		save := program(family + "-save")
		if save == "" {
			continue
		}
		out, err := exec.CommandContext(ctx, save).Output()
		if err != nil {
			continue // the kernel lacks this family, so there are no rules
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

// restoreRules inserts the earlier rules that are missing now, except the daemon's
// own rules. It keeps their order, and inserts them before all other rules,
// because docker's chains end with a RETURN.
func (d *Daemon) restoreRules(ctx context.Context, before map[string][]string) error {
	bridges, err := d.bridges(ctx)
	if err != nil {
		return fmt.Errorf("list the networks of podlab's own docker: %w", err)
	}
	now := dockerRules(ctx)
	for family, old := range before {
		lost := slices.DeleteFunc(slices.Clone(old), func(rule string) bool {
			own := slices.ContainsFunc(strings.Fields(rule), func(word string) bool { return slices.Contains(bridges, word) })
			return own || slices.Contains(now[family], rule)
		})
		if len(lost) == 0 {
			continue
		}
		cmd := exec.CommandContext(ctx, program(family+"-restore"), "--noflush", "--wait")
		cmd.Stdin = strings.NewReader(insertions(lost))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("restore the iptables rules of another docker: %s-restore: %w: %s", family, err, out)
		}
	}
	return nil
}

// insertions returns the input for iptables-restore that inserts rules at the
// head of their chains.
func insertions(rules []string) string {
	var b strings.Builder
	table := ""
	// Each insertion goes before the previous one.
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
	if err := get(ctx, socket, "/networks", &networks); err != nil {
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
