// Command podlab-oci is a thin OCI runtime in front of runc, for hosts that lack
// capabilities (nested CI above all, without CAP_SYS_RESOURCE): between the
// engine's wish and runc it removes what this host cannot give, and becomes
// runc.
//
// A docker engine asks runc for every capability that the kernel knows when a
// container is to be privileged, and runc refuses to start it when one of them
// cannot be had. podlab registers podlab-oci as the default runtime of an
// engine of its own on such hosts, and only there. Every docker exec passes
// through it, so it uses little of the standard library and nothing else.
//
// The one command of its own, version, prints the bounding set.
package main
