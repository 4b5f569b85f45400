package graph

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// keyVersion is part of every key. Raise it when steps make something else
// from the same recipe.
const keyVersion = "1"

// A Resource is what a step keeps busy while it runs.
type Resource string

// A Step makes one result: a file or a directory in the cache.
type Step struct {
	// Name is shown to users. It names the step's log and its duration too,
	// so no two steps of a graph may share it.
	Name string
	// Uses limits how many steps with the same resource run at once.
	Uses Resource
	// Recipe is everything that decides the result, except the results of
	// Needs.
	Recipe []string
	// Needs are the steps whose results Run reads.
	Needs []*Step
	// Run writes the result to [Job.Out].
	Run func(context.Context, *Job) error
}

// Key is the hash of everything that goes into the step.
func (s *Step) Key() string {
	ingredients := append([]string{keyVersion, s.Name}, s.Recipe...)
	for _, need := range s.Needs {
		ingredients = append(ingredients, need.Key())
	}
	return Hash(ingredients...)
}

// ID is the name of the step's result in the cache.
func (s *Step) ID() string {
	return slug(s.Name) + "-" + s.Key()[:keyLength]
}

// keyLength is how much of its key is in a step's ID.
const keyLength = 16

// slug turns words into a file name.
func slug(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
}

// Hash returns the hexadecimal SHA-256 of a list of strings. The boundaries
// between the strings count too.
func Hash(list ...string) string {
	h := sha256.New()
	for _, s := range list {
		h.Write(fmt.Appendf(nil, "%d:%s", len(s), s)) // never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Closure lists these steps and all steps that they need.
func Closure(steps ...*Step) []*Step {
	list := slices.Clone(steps)
	for i := 0; i < len(list); i++ {
		for _, need := range list[i].Needs {
			if !slices.Contains(list, need) {
				list = append(list, need)
			}
		}
	}
	return list
}
