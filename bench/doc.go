// Package bench measures the performance that the README states.
package bench
