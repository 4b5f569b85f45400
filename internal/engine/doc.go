// Package engine is the second stage of the data's way: it finds a container
// engine that can carry a kind cluster, or starts one.
//
// Looking goes as kind's own detection does: docker, nerdctl, podman, or what
// KIND_EXPERIMENTAL_PROVIDER names; DOCKER_HOST and docker's contexts are
// respected. An engine is usable when a privileged container starts in it,
// which is tried once per engine, version and boot of the host.
//
// Where there is none, podlab starts a dockerd of its own, a [Daemon], on a
// data root of its own and beside whatever else runs. PODLAB_ENGINE=existing
// forbids that. Nothing here stops or changes an engine that podlab did not
// start.
package engine
