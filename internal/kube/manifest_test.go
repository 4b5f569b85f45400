package kube

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecode(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n"
	for _, c := range []struct {
		name     string
		manifest string
		want     []string
		errors   []string
	}{
		{"one document", pod, []string{"document 1 (Pod a)"}, nil},
		{
			"several documents, comments and empty documents",
			"# first\n---\n" + pod + "---\n# nothing\n---\n---\n" + strings.Replace(pod, "Pod", "Service", 1),
			[]string{"document 1 (Pod a)", "document 2 (Service a)"},
			nil,
		},
		{"JSON", `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}`, []string{"document 1 (Pod a)"}, nil},
		{"nothing", "# only this\n", nil, []string{"has no object"}},
		{
			"all errors at once",
			"kind: Pod\n---\n" + pod + "---\napiVersion: v1\nkind: Pod\n---\napiVersion: v1\nmetadata: {name: b}\n",
			[]string{"document 2 (Pod a)"},
			[]string{"document 1: apiVersion is missing", "document 3: Pod: metadata.name is missing", "document 4: kind is missing"},
		},
		{"a field twice", pod + "  name: b\n", nil, []string{"document 1: ", `"name" already set`}},
		{"not a mapping", "- a\n- b\n", nil, []string{"document 1: "}},
		{"not YAML", "a: [\n", nil, []string{"document 1: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			documents, err := decode([]byte(c.manifest))
			var got []string
			for _, d := range documents {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("documents: %s", diff)
			}
			if (err == nil) != (len(c.errors) == 0) {
				t.Fatalf("error %v, want %q", err, c.errors)
			}
			for _, want := range c.errors {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}
