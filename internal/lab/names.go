package lab

import (
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

// maxScenario leaves room in a kube namespace's 63 characters for what podlab
// puts before a scenario's name.
const maxScenario = 50

// name complains about a name that Kubernetes would refuse.
func (s *source) name(value *string, longest int) {
	if *value != "" && (!label.MatchString(*value) || len(*value) > longest) {
		s.wrong(value, "%q is no name for Kubernetes: at most %d of a-z, 0-9 and -, and no - at either end", *value, longest)
	}
}

// statement complains about the name of a check or a mutant that would not fit
// into an ID or on a line.
func (s *source) statement(value *string) {
	switch {
	case *value == "":
	case strings.TrimSpace(*value) != *value || strings.ContainsRune(*value, '/') || strings.ContainsFunc(*value, unicode.IsControl):
		s.wrong(value, "%q must be one line without a slash, and without spaces at its ends", *value)
	case len(*value) > 100:
		s.wrong(value, "a name must not be longer than 100 characters; say the rest in why")
	}
}

// unique complains about a name that was there before.
func (s *source) unique(value *string, seen *[]string, what string) {
	if *value != "" && slices.Contains(*seen, *value) {
		s.wrong(value, "there are two %s called %q", what, *value)
	}
	*seen = append(*seen, *value)
}
