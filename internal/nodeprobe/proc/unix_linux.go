package proc

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"podlab/internal/nodeprobe/api"
)

// A unixSocket is a listening unix socket, or the listener's end of a
// connection, which bears the same path.
type unixSocket struct {
	path   string
	listen bool
	// inode is its own; of a connection, that of the other end.
	inode uint64
}

// unixRequest is struct unix_diag_req (include/uapi/linux/unix_diag.h) behind
// its netlink header.
type unixRequest struct {
	header           unix.NlMsghdr
	family, protocol uint8
	_                uint16
	states           uint32
	inode            uint32
	show             uint32
	cookie           [2]uint32
}

const (
	tcpEstablished = 1 // include/net/tcp_states.h, for unix sockets, too

	showName, showPeer = 1, 4 // UDIAG_SHOW_NAME, UDIAG_SHOW_PEER
	attrName, attrPeer = 0, 2 // UNIX_DIAG_NAME, UNIX_DIAG_PEER

	// Offsets in struct unix_diag_msg.
	unixState = 2
	unixInode = 4
	unixSize  = 16
)

// dumpUnix asks the kernel for the unix sockets with a path in the calling
// process's network namespace. /proc/net/unix does not say who is connected to
// whom.
func dumpUnix() ([]unixSocket, error) {
	fd, err := openDiag()
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd) //nolint:errcheck // nothing to lose
	request := unixRequest{family: unix.AF_UNIX, states: 1<<tcpListen | 1<<tcpEstablished, show: showName | showPeer}
	request.header = unix.NlMsghdr{
		Len: uint32(unsafe.Sizeof(request)), Type: unix.SOCK_DIAG_BY_FAMILY, Flags: unix.NLM_F_REQUEST | unix.NLM_F_DUMP,
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&request)), unsafe.Sizeof(request))
	if err := unix.Sendto(fd, bytes, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, os.NewSyscallError("sendto", err)
	}
	var all []unixSocket
	err = receiveDiag(fd, make([]byte, 32<<10), func(data []byte) error {
		socket, err := parseUnix(data)
		if err == nil && socket.path != "" && socket.inode != 0 {
			all = append(all, socket)
		}
		return err
	})
	return all, err
}

// parseUnix parses a struct unix_diag_msg with its attributes. Without a path
// there is none: the socket has no name, or an abstract one, which begins with
// a zero byte.
func parseUnix(data []byte) (unixSocket, error) {
	if len(data) < unixSize {
		return unixSocket{}, fmt.Errorf("parse unix socket: %d bytes", len(data))
	}
	s := unixSocket{listen: data[unixState] == tcpListen}
	if s.listen {
		s.inode = uint64(binary.NativeEndian.Uint32(data[unixInode:]))
	}
	for rest := data[unixSize:]; len(rest) >= unix.SizeofRtAttr; {
		length := int(binary.NativeEndian.Uint16(rest))
		if length < unix.SizeofRtAttr || length > len(rest) {
			return unixSocket{}, fmt.Errorf("parse unix socket: an attribute of %d in %d bytes", length, len(rest))
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

// unixListeners joins listeners with who is connected to them, by their paths.
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
