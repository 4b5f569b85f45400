package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// recipes is part of every step's key. It is raised when this package's own
// code makes something else out of the same inputs.
const recipes = "1"

// A resource is what a step keeps busy while it runs.
type resource int

const (
	network resource = iota
	compiler
	unpacker // downloads packages, unpacks them, runs their scripts
	packer   // reads and writes a lot
)

// A step makes one entry of the cache, a file or a directory.
type step struct {
	// name is shown to people, and is the beginning of the entry's name.
	name string
	// uses decides how many such steps run at once.
	uses resource
	// recipe is everything, besides the entries in needs, that decides what
	// comes out.
	recipe []string
	// needs are the steps whose entries are read.
	needs []*step
	// run makes the entry at job.out.
	run func(context.Context, *job) error
}

// key is the hash of all that goes into a step.
func (s *step) key() string {
	ingredients := append([]string{recipes, s.name}, s.recipe...)
	for _, need := range s.needs {
		ingredients = append(ingredients, need.key())
	}
	return fingerprint(ingredients...)
}

// entry is the name of what the step makes.
func (s *step) entry() string {
	return slug(s.name) + "-" + s.key()[:16]
}

// slug makes a file name out of words.
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

// fingerprint returns the hexadecimal SHA-256 of a list of strings; lists that differ
// only in where one string ends and the next begins differ.
func fingerprint(list ...string) string {
	h := sha256.New()
	for _, s := range list {
		h.Write(fmt.Appendf(nil, "%d:%s", len(s), s)) // never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}
