// Package bench measures what the README promises.
package bench
