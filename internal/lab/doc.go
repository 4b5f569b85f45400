// Package lab turns content (YAML) into validated labs, or into a list of all
// that is wrong with it.
package lab
