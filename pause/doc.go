// Command pause holds a pod's namespaces open. It sleeps until SIGINT or SIGTERM
// ends it. In a pod that shares its PID namespace it is PID 1, and reaps the
// orphaned processes.
//
// It behaves like the pause.c that Kubernetes ships: SIGINT and SIGTERM end it
// with status 0, -v prints its version, and it warns if it is not PID 1.
//
// The folders beside it hold the smallest pause that still reaps
// ([podlab/pause/tiny]), a pause that does not reap (noreap), two programs that
// show why reaping matters (orphan and waitstat), and the statements that every
// pause must satisfy ([podlab/pause/behaviour]).
package main
