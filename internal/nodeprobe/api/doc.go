// Package api is the wire protocol between podlab and nodeprobe.
//
// Each message is one JSON object on one line: podlab writes requests to
// nodeprobe's stdin, nodeprobe writes a hello, replies and events to its
// stdout. All pids are pids in the node's PID namespace. All times are
// nanoseconds since 1970 on the node's clock.
package api
