// Package observe joins what the API, the runtime and the kernel say into one
// picture of each pod.
package observe
