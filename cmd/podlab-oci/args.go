//go:build linux

package main

import (
	"path/filepath"
	"strings"
)

// valueFlags are the flags of runc and of its commands below whose value may be
// the next argument.
var valueFlags = map[string]bool{
	"root": true, "log": true, "log-format": true, "criu": true, "rootless": true,
	"bundle": true, "b": true, "console-socket": true, "pid-file": true, "preserve-fds": true, "pidfd-socket": true,
	"process": true, "p": true, "cwd": true, "env": true, "e": true, "user": true, "u": true, "additional-gids": true,
	"g": true, "process-label": true, "apparmor": true, "cap": true, "c": true, "cgroup": true,
	"image-path": true, "work-path": true, "parent-path": true, "manage-cgroups-mode": true, "empty-ns": true,
	"lsm-profile": true, "lsm-mount-context": true,
}

// target returns the file that runc reads when it runs with args, and the
// function that edits the file. path is "" if runc reads no such file (state,
// start, kill, delete, ...).
func target(args []string) (path string, edit func(data []byte, missing []string) ([]byte, error)) {
	_, args = parseFlags(args)
	if len(args) == 0 {
		return "", nil
	}
	values, _ := parseFlags(args[1:])
	switch args[0] {
	case "create", "run", "restore":
		return filepath.Join(values["bundle"]+values["b"], "config.json"), editSpec
	case "exec":
		return values["process"] + values["p"], editProcess
	}
	return "", nil
}

// parseFlags parses args up to the first that is not a flag. It returns the
// values of the flags, and the remaining args.
func parseFlags(args []string) (values map[string]string, rest []string) {
	values = make(map[string]string)
	for i := 0; i < len(args); i++ {
		flag := strings.TrimLeft(args[i], "-")
		if flag == args[i] {
			return values, args[i:]
		}
		name, value, joined := strings.Cut(flag, "=")
		if !joined && valueFlags[name] && i+1 < len(args) {
			i++
			value = args[i]
		}
		values[name] = value
	}
	return values, nil
}
