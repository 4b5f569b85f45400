// Package runner plays scenarios on a running cluster: it carries out their
// steps in order and has what is then observed judged.
package runner
