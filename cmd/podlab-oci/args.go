//go:build linux

package main

import (
	"path/filepath"
	"strings"
)

// valued holds the flags whose value can be the next argument: runc's global flags,
// and those of the commands that target handles.
var valued = map[string]bool{
	"root": true, "log": true, "log-format": true, "criu": true, "rootless": true,
	"bundle": true, "b": true, "console-socket": true, "pid-file": true, "preserve-fds": true, "pidfd-socket": true,
	"process": true, "p": true, "cwd": true, "env": true, "e": true, "user": true, "u": true, "additional-gids": true,
	"g": true, "process-label": true, "apparmor": true, "cap": true, "c": true, "cgroup": true,
	"image-path": true, "work-path": true, "parent-path": true, "manage-cgroups-mode": true, "empty-ns": true,
	"lsm-profile": true, "lsm-mount-context": true,
}

// target returns the file that runc reads for args, and the function that edits it.
// The path is "" if runc reads no file (state, start, kill, delete, ...).
func target(args []string) (path string, edit func([]byte, uint64) ([]byte, error)) {
	_, args = flags(args)
	if len(args) == 0 {
		return "", nil
	}
	values, _ := flags(args[1:])
	switch args[0] {
	case "create", "run", "restore":
		return filepath.Join(values["bundle"]+values["b"], "config.json"), editSpec
	case "exec":
		return values["process"] + values["p"], editProcess
	}
	return "", nil
}

// flags returns the values of the flags at the start of args, and the remaining
// arguments.
func flags(args []string) (values map[string]string, rest []string) {
	values = make(map[string]string)
	for i := 0; i < len(args); i++ {
		flag := strings.TrimLeft(args[i], "-")
		if flag == args[i] {
			return values, args[i:]
		}
		name, value, joined := strings.Cut(flag, "=")
		if !joined && valued[name] && i+1 < len(args) {
			i++
			value = args[i]
		}
		values[name] = value
	}
	return values, nil
}
