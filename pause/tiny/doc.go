// Package tiny writes the smallest pause that still reaps: an ELF file for amd64 or
// arm64. A table describes every byte of the file.
//
// An executable must have two headers, but Linux reads only some of their fields. In
// the tables, the program header begins inside the file's header, at a place where
// both need the same bytes. Text, data and instructions fill fields that Linux does
// not read.
//
// tiny has no signal handlers. It blocks SIGINT and SIGTERM and receives them with
// rt_sigtimedwait, so signals that the parent ignored or blocked make no difference.
// It ignores SIGCHLD, and Linux then reaps its children as they die, adopted ones
// included. So only SIGINT and SIGTERM wake it. It calls wait4 once at the start, for
// children that died earlier.
//
// tiny reads no arguments and does not check the results of system calls.
package tiny
