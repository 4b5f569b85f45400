// Package hold implements pause and noreap.
package hold
