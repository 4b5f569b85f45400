// Command podlab-oci is a thin OCI runtime in front of runc, for hosts that lack
// capabilities (mostly nested CI without CAP_SYS_RESOURCE). It removes from the
// engine's request what this host can't grant, and then replaces itself with runc.
//
// For a privileged container, docker asks runc for every capability that the kernel
// knows, and runc does not start the container if the host lacks one of them. On
// such hosts only, podlab makes podlab-oci the default runtime of podlab's own
// engine. Every docker exec runs podlab-oci, so it uses only a small part of the
// standard library and no other packages.
//
// podlab-oci has one command of its own: version prints the bounding set.
package main
