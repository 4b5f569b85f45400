// Package lab loads content (YAML) and validates it. Load returns the labs, or
// every problem in the content.
package lab
