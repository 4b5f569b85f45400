// Package anatomy shows what podlab observed of a pod as a table of processes and
// namespaces, for podlab inspect.
package anatomy
