// Package tiny writes the smallest pause that still reaps: an ELF file of which
// every byte is named in a table, for amd64 and for arm64.
//
// Linux reads few fields of the two headers that an executable must have. The
// tables let the program header begin inside the file's header where both want
// the same bytes, and put text, data and instructions where nobody looks.
//
// There is no handler in it. SIGINT and SIGTERM are blocked, and taken with
// rt_sigtimedwait: neither what the parent ignored nor what it blocked makes a
// difference. SIGCHLD is ignored, which to Linux means that children are reaped
// for it as they die, its adopted ones too; so nothing wakes it but its end.
// Only children that were dead before that need a wait4.
//
// It does not look at its arguments, nor whether a system call was refused.
package tiny
