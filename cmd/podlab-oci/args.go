//go:build linux

package main

import (
	"path/filepath"
	"strings"
)

// target says which file runc is about to read for args, and what has to be
// changed in it; "" when runc reads none (state, start, kill, delete, ...).
func target(args []string) (path string, edit func([]byte, uint64) ([]byte, error)) {
	command, rest := split(args)
	switch command {
	case "create", "run", "restore":
		return filepath.Join(value(rest, "bundle", "b"), "config.json"), editSpec
	case "exec":
		return value(rest, "process", "p"), editProcess
	}
	return "", nil
}

// split parts runc's global flags from its command.
func split(args []string) (command string, rest []string) {
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "-") {
			return args[i], args[i+1:]
		}
		switch strings.TrimLeft(args[i], "-") {
		case "root", "log", "log-format", "criu", "rootless":
			i++ // its value is the next argument
		}
	}
	return "", nil
}

// value is what a flag of runc's is set to: -name v, --name v or --name=v.
func value(args []string, names ...string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if !strings.HasPrefix(arg, "-") {
			continue
		}
		name, v, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		for _, n := range names {
			switch {
			case n != name:
			case joined:
				return v
			case i+1 < len(args):
				return args[i+1]
			}
		}
	}
	return ""
}
