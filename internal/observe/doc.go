// Package observe looks at a cluster. It joins what the API server, the container
// runtime and the kernel say into one picture of each pod, and makes single
// observations that no picture holds: commands, logs, pages, API objects.
package observe
