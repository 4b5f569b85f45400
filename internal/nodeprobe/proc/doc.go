// Package proc reads what the kernel says about processes, their namespaces
// and their listening sockets: the first source of what podlab observes.
package proc
