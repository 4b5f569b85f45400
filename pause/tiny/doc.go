// Package tiny writes the smallest pause that still reaps: an ELF file of which
// every byte is named in a table, for amd64 and for arm64.
//
// Linux reads few fields of the two headers that an executable must have. The
// tables let the program header begin inside the file's header where both want
// the same bytes, and put text, data and instructions where nobody looks.
//
// There is no handler in it. The three signals are blocked, and taken one by one
// with rt_sigtimedwait: nothing is lost between two of them, nothing interrupts,
// and neither what the parent ignored nor what it blocked makes a difference.
// Its disposition of SIGCHLD is the default one with SA_NOCLDSTOP, so that
// children which stop don't wake it.
package tiny
