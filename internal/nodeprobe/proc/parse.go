package proc

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// Flags of field 9 of /proc/PID/stat (include/linux/sched.h).
const (
	flagExiting = 0x00000004 // PF_EXITING
	flagKernel  = 0x00200000 // PF_KTHREAD
)

// A stat is the part of /proc/PID/stat that nodeprobe uses.
type stat struct {
	name       string
	state      byte
	ppid       int
	flags      uint64
	threads    int
	startTicks int64
}

// parseStat parses the text of /proc/PID/stat. The name in parentheses may contain
// any byte, including parentheses, spaces and newlines. The other fields contain no
// parentheses, so the last parenthesis closes the name.
func parseStat(text []byte) (stat, error) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return stat{}, fmt.Errorf("parse stat: no name in %q", text)
	}
	// fields[0] is the third field of the file.
	fields := bytes.Fields(text[end+1:])
	if len(fields) < 20 || len(fields[0]) != 1 {
		return stat{}, fmt.Errorf("parse stat: %d fields after the name in %q", len(fields), text)
	}
	ppid, err1 := strconv.Atoi(string(fields[1]))
	flags, err2 := strconv.ParseUint(string(fields[6]), 10, 64)
	threads, err3 := strconv.Atoi(string(fields[17]))
	start, err4 := strconv.ParseInt(string(fields[19]), 10, 64)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return stat{}, fmt.Errorf("parse stat: %w", err)
	}
	return stat{
		name: string(text[open+1 : end]), state: fields[0][0],
		ppid: ppid, flags: flags, threads: threads, startTicks: start,
	}, nil
}

// A status is the part of /proc/PID/status that nodeprobe uses.
type status struct {
	uid  int   // effective
	pids []int // NSpid, outermost first
}

// parseStatus parses the text of /proc/PID/status. The kernel escapes newlines in
// the name, so every line is a field.
func parseStatus(text []byte) (status, error) {
	var s status
	var uid bool
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("Uid:")); ok {
			ids, err := numbers(rest)
			if err != nil || len(ids) < 2 {
				return s, fmt.Errorf("parse status: line %q", line)
			}
			s.uid, uid = ids[1], true
		} else if rest, ok := bytes.CutPrefix(line, []byte("NSpid:")); ok {
			ids, err := numbers(rest)
			if err != nil || len(ids) == 0 {
				return s, fmt.Errorf("parse status: line %q", line)
			}
			s.pids = ids
		}
	}
	if !uid || s.pids == nil {
		return s, fmt.Errorf("parse status: no Uid or no NSpid in %q", text)
	}
	return s, nil
}

// withoutLine removes a line from text, in place. start is the beginning of the
// line, including the newline before it.
func withoutLine(text []byte, start string) []byte {
	from := bytes.Index(text, []byte(start))
	if from < 0 {
		return text
	}
	length := bytes.IndexByte(text[from+1:], '\n') + 1
	if length == 0 {
		return text[:from]
	}
	return append(text[:from], text[from+length:]...)
}

// isAsleep reports, from the text of /proc/PID/status, whether the first thread of a
// process is asleep and the kernel counts its context switches, and whether the
// process has no other thread.
func isAsleep(text []byte) (asleep, singleThreaded bool) {
	counted := false
	for line := range bytes.Lines(text) {
		switch key, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":\t")); string(key) {
		case "State":
			asleep = len(value) > 0 && bytes.IndexByte([]byte("SDITtZ"), value[0]) >= 0
		case "Threads":
			singleThreaded = string(value) == "1"
		case "nonvoluntary_ctxt_switches":
			counted = true
		}
	}
	return asleep && counted, singleThreaded
}

func numbers(text []byte) ([]int, error) {
	fields := bytes.Fields(text)
	out := make([]int, len(fields))
	for i, field := range fields {
		n, err := strconv.Atoi(string(field))
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

// parseCommand splits the text of /proc/PID/cmdline. It drops empty arguments at
// the end: programs that write their own title (nginx) leave some.
func parseCommand(text []byte) []string {
	text = bytes.TrimRight(text, "\x00")
	command := []string{}
	if len(text) == 0 {
		return command
	}
	for argument := range bytes.SplitSeq(text, []byte{0}) {
		command = append(command, string(argument))
	}
	return command
}

// parseOwner returns the innermost of ids in a path in the text of
// /proc/PID/cgroup, "" if there is none. ids are the runtime's IDs of sandboxes and
// containers.
//
// Lines are "HIERARCHY:CONTROLLERS:PATH". The elements of PATH look like ID,
// cri-containerd-ID.scope or crio-ID: in each, the ID is a complete run of letters
// and digits.
func parseOwner(text []byte, ids map[string]bool) string {
	for line := range bytes.Lines(text) {
		_, rest, _ := bytes.Cut(line, []byte{':'})
		_, path, _ := bytes.Cut(rest, []byte{':'})
		for end := len(path); end > 0; {
			if !alphanumeric(path[end-1]) {
				end--
				continue
			}
			start := end - 1
			for start > 0 && alphanumeric(path[start-1]) {
				start--
			}
			if ids[string(path[start:end])] {
				return string(path[start:end])
			}
			end = start
		}
	}
	return ""
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// parseNamespace parses the target of a link below /proc/PID/ns, such as
// "net:[4026531840]".
func parseNamespace(link []byte) (int64, error) {
	open := bytes.LastIndexByte(link, '[')
	if open < 0 || link[len(link)-1] != ']' {
		return 0, fmt.Errorf("parse namespace link %q", link)
	}
	inode, err := strconv.ParseUint(string(link[open+1:len(link)-1]), 10, 63)
	if err != nil {
		return 0, fmt.Errorf("parse namespace link %q: %w", link, err)
	}
	return int64(inode), nil
}
