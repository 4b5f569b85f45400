package proc

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
)

// A socket is a listening TCP socket.
type socket struct {
	address netip.AddrPort
	inode   uint64
}

// parseTCP returns the listening sockets in the text of /proc/PID/net/tcp or tcp6.
func parseTCP(text []byte) ([]socket, error) {
	var all []socket
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) < 10 || string(fields[3]) != "0A" {
			continue // the header, or not listening
		}
		address, err := parseAddress(fields[1])
		if err != nil {
			return nil, err
		}
		inode, err := strconv.ParseUint(string(fields[9]), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("parse inode in %q: %w", line, err)
		}
		all = append(all, socket{address: address, inode: inode})
	}
	return all, nil
}

// parseAddress parses ADDRESS:PORT in hexadecimal. The address consists of 32-bit
// words in the machine's byte order.
func parseAddress(text []byte) (netip.AddrPort, error) {
	host, port, ok := bytes.Cut(text, []byte{':'})
	number, err := strconv.ParseUint(string(port), 16, 16)
	if !ok || err != nil || len(host) != 8 && len(host) != 32 {
		return netip.AddrPort{}, fmt.Errorf("parse address %q", text)
	}
	raw := make([]byte, len(host)/2)
	if _, err := hex.Decode(raw, host); err != nil {
		return netip.AddrPort{}, fmt.Errorf("parse address %q: %w", text, err)
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	address, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(address, uint16(number)), nil
}
