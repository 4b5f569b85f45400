// Command pause holds a pod's namespaces open: it sleeps until it is told to
// end, and, being PID 1 where a pod shares its PID namespace, reaps the
// processes that lost their parent.
//
// It behaves as the pause.c that Kubernetes ships: SIGINT and SIGTERM end it
// with status 0, -v prints its version, a pid other than 1 is worth a warning.
//
// Beside it are the smallest one ([podlab/pause/tiny]), one that doesn't reap
// (noreap), two helpers to see why that matters (orphan and waitstat), and what
// a pause is expected to do, in statements that any can be held to
// ([podlab/pause/behaviour]).
package main
