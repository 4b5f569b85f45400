package proc

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"podlab/internal/nodeprobe/api"
)

// A unixSocket is a listening unix socket, or the listener's end of a connection.
// The listener's end has the listener's path.
type unixSocket struct {
	path   string
	listen bool
	// inode is the inode of a listening socket. For a connection it is the inode of
	// the client's end.
	inode uint64
}

// unixRequest is struct unix_diag_req (include/uapi/linux/unix_diag.h).
//
//nolint:unused // the kernel's layout
type unixRequest struct {
	family, protocol uint8
	pad              uint16
	states           uint32
	inode            uint32
	show             uint32
	cookie           [2]uint32
}

const (
	showName, showPeer = 1, 4 // UDIAG_SHOW_NAME, UDIAG_SHOW_PEER
	attrName, attrPeer = 0, 2 // UNIX_DIAG_NAME, UNIX_DIAG_PEER

	// Offsets in struct unix_diag_msg.
	unixState = 2
	unixInode = 4
	unixSize  = 16
)

// dumpUnix asks the kernel over netlink for the unix sockets with a path in the
// calling thread's network namespace. /proc/net/unix has no peers.
func dumpUnix() ([]unixSocket, error) {
	fd, err := openDiag()
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd) //nolint:errcheck // nothing to lose
	var all []unixSocket
	request := unixRequest{family: unix.AF_UNIX, states: 1<<stateListen | 1<<stateEstablished, show: showName | showPeer}
	err = dumpSockets(fd, request, make([]byte, diagBuffer), func(data []byte) error {
		socket, err := parseUnixMessage(data)
		if err == nil && socket.path != "" && socket.inode != 0 {
			all = append(all, socket)
		}
		return err
	})
	return all, err
}

// parseUnixMessage parses a struct unix_diag_msg with its attributes. The path is
// "" if the socket has no name or an abstract one, which begins with a zero byte.
func parseUnixMessage(data []byte) (unixSocket, error) {
	if len(data) < unixSize {
		return unixSocket{}, fmt.Errorf("parse unix socket: %d bytes", len(data))
	}
	s := unixSocket{listen: data[unixState] == stateListen}
	if s.listen {
		s.inode = uint64(binary.NativeEndian.Uint32(data[unixInode:]))
	}
	for rest := data[unixSize:]; len(rest) >= unix.SizeofRtAttr; {
		length := int(binary.NativeEndian.Uint16(rest))
		if length < unix.SizeofRtAttr || length > len(rest) {
			return unixSocket{}, fmt.Errorf("parse unix socket: attribute of %d bytes in %d bytes", length, len(rest))
		}
		value := rest[unix.SizeofRtAttr:length]
		switch kind := binary.NativeEndian.Uint16(rest[2:]); {
		case kind == attrName && len(value) > 0 && value[0] != 0:
			s.path = unix.ByteSliceToString(value)
		case kind == attrPeer && len(value) >= 4 && !s.listen:
			s.inode = uint64(binary.NativeEndian.Uint32(value))
		}
		rest = rest[min(len(rest), (length+unix.NLA_ALIGNTO-1)&^(unix.NLA_ALIGNTO-1)):]
	}
	return s, nil
}

// unixListeners joins the listeners with their clients by path. holders are the
// processes that have a socket open, by the socket's inode.
func unixListeners(sockets []unixSocket, holders map[uint64][]int) []api.UnixListener {
	byPath := map[string]*api.UnixListener{}
	for _, s := range sockets {
		if s.listen {
			byPath[s.path] = &api.UnixListener{Path: s.path, PIDs: holders[s.inode], Clients: []int{}}
		}
	}
	for _, s := range sockets {
		if l := byPath[s.path]; l != nil && !s.listen {
			l.Clients = append(l.Clients, holders[s.inode]...)
		}
	}
	all := make([]api.UnixListener, 0, len(byPath))
	for _, l := range byPath {
		slices.Sort(l.Clients)
		l.Clients = slices.Compact(l.Clients)
		all = append(all, *l)
	}
	slices.SortFunc(all, func(a, b api.UnixListener) int { return cmp.Compare(a.Path, b.Path) })
	return all
}
