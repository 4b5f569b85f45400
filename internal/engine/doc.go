// Package engine finds a container engine that can run a kind cluster, or starts
// one.
//
// [Find] searches in the order of kind's own detection: docker, nerdctl, podman,
// or the provider in KIND_EXPERIMENTAL_PROVIDER. It respects DOCKER_HOST and
// docker's contexts. An engine is usable if a privileged container starts in it.
// Find tries that once for each engine, version and boot of the host.
//
// If no engine is usable, podlab can start a dockerd of its own, a [Daemon], with
// its own data directory, beside anything else that runs.
// PODLAB_ENGINE=existing forbids that. This package never stops or changes an
// engine that podlab did not start.
package engine
