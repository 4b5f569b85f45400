package lab

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	label      = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	subdomain  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	identifier = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
)

// maxScenario leaves room in the 63 characters of a kube namespace's name for
// what podlab adds to a scenario's name.
const maxScenario = 50

// kubeName checks a name that becomes the name of a Kubernetes object.
func (s *source) kubeName(value *string, longest int) {
	if *value != "" && (!label.MatchString(*value) || len(*value) > longest) {
		s.problem(value, "%q is not a valid name: use a-z, 0-9 and -, at most %d characters, without - at either end", *value, longest)
	}
}

// title checks the name of a check or a mutant, which becomes part of an ID and
// of a line.
func (s *source) title(value *string) {
	switch {
	case *value == "":
	case strings.TrimSpace(*value) != *value || strings.ContainsRune(*value, '/') || strings.ContainsFunc(*value, unicode.IsControl):
		s.problem(value, "%q must be one line, without a slash and without spaces at its ends", *value)
	case len(*value) > 100:
		s.problem(value, "a name has at most 100 characters: move the rest to why")
	}
}

// unique checks that a name is not among those seen, and adds it to them.
func (s *source) unique(value *string, seen *[]string, what string) {
	if *value != "" && slices.Contains(*seen, *value) {
		s.problem(value, "duplicate %s %q", what, *value)
	}
	*seen = append(*seen, *value)
}

// choices joins the values that a field can have.
func choices[T any](values []T) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v)
	}
	return strings.Join(out, ", ")
}
