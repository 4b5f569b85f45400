// Package observe observes a cluster. It joins the reports of the API server, the
// container runtime and the kernel into one picture, and makes single observations
// that no picture has: commands, logs, pages, API objects.
package observe
