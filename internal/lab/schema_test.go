package lab_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"podlab/internal/lab"
)

func TestSchema(t *testing.T) {
	for kind, want := range map[string][]string{
		"Lab":      {"apiVersion", "kind", "name", "title", "summary", "cluster", "total", "scenarios"},
		"Scenario": {"apiVersion", "kind", "name", "title", "tasks"},
	} {
		data, err := lab.Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		var schema struct {
			Required   []string `json:"required"`
			Additional *bool    `json:"additionalProperties"`
			Properties map[string]struct {
				Const       string `json:"const"`
				Description string `json:"description"`
			} `json:"properties"`
		}
		if err := json.Unmarshal(data, &schema); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(schema.Required, want) || schema.Additional == nil || *schema.Additional {
			t.Errorf("%s: requires %v, want %v and no other fields", kind, schema.Required, want)
		}
		if p := schema.Properties; p["apiVersion"].Const != lab.APIVersion || p["kind"].Const != kind || p["name"].Description == "" {
			t.Errorf("%s: got %+v", kind, p)
		}
	}
	if _, err := lab.Schema("Pod"); err == nil {
		t.Error("got a schema for Pod")
	}
}

// TestSchemaDescriptions checks that the descriptions are the comments of all
// files with types.
func TestSchemaDescriptions(t *testing.T) {
	data, err := lab.Schema("Scenario")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Description string `json:"description"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Task", "Exec", "Observation", "Fetch"} {
		if !strings.Contains(schema.Defs[name].Description, name) {
			t.Errorf("%s has the description %q", name, schema.Defs[name].Description)
		}
	}
}
