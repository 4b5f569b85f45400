// Package anatomy lays out what was observed of one pod as a table of
// processes and namespaces, for podlab inspect. It stands beside the judge:
// behind observe, before the screen.
package anatomy
