// Package engine finds a container engine, or starts one.
package engine
