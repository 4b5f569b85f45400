// Package pidfd holds on to processes: what is done through it is done to that
// process or to none, never to another that was given its pid since.
package pidfd
