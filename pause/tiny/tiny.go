package tiny

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// A row is a piece of the file.
type row struct {
	label string // its name, for rows that others refer to
	kind  kind
	text  string // the instruction, the header's field, or what the data says
	bytes string // in hex, as they are in the file
	why   string
}

type kind int

const (
	field kind = iota // of the ELF header or the program header
	data
	code
)

// base is the address that the file's first byte has in memory.
const base = 0x400000

var tables = map[string][]row{"amd64": amd64[:], "arm64": arm64[:]}

// ELF returns the executable for an architecture, in Go's word for it. Other
// architectures than amd64 and arm64 are an error.
func ELF(arch string) ([]byte, error) {
	table, ok := tables[arch]
	if !ok {
		return nil, fmt.Errorf("write tiny for %s: only amd64 and arm64 have a table", arch)
	}
	var file []byte
	for _, r := range table {
		b, err := r.encoded()
		if err != nil {
			return nil, fmt.Errorf("write tiny for %s: %w", arch, err)
		}
		file = append(file, b...)
	}
	return file, nil
}

func (r row) encoded() ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(r.bytes, " ", ""))
	if err != nil {
		return nil, fmt.Errorf("read bytes of %s: %w", r.text, err)
	}
	return b, nil
}
