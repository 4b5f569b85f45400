// Command podlab-oci is a thin OCI runtime in front of runc, for hosts that lack
// capabilities, such as nested CI without CAP_SYS_RESOURCE. It removes from the
// engine's request what the host can't give, then executes runc.
//
// For a privileged container, a docker engine asks runc for every capability
// that the kernel knows. runc refuses to start the container if one of them is
// missing. On such hosts, podlab makes podlab-oci the default runtime of its own
// engine. It never touches other engines.
//
// Every docker exec passes through podlab-oci, so keep its start-up fast.
//
// podlab-oci has one command of its own: version prints the capabilities that
// are missing.
package main
