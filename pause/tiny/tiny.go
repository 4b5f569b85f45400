package tiny

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// A row is a piece of the file.
type row struct {
	label string // a name for other rows to refer to
	kind  kind
	text  string // the instruction, the header field, or the data as text
	bytes string // the row's bytes in the file, in hex
	why   string
}

type kind int

const (
	field kind = iota // of the ELF header or the program header
	data
	code
)

// base is the memory address of the file's first byte.
const base = 0x400000

var tables = map[string][]row{"amd64": amd64[:], "arm64": arm64[:]}

// ELF returns the executable for arch, named as in GOARCH. It returns an error unless
// arch is amd64 or arm64.
func ELF(arch string) ([]byte, error) {
	table, ok := tables[arch]
	if !ok {
		return nil, fmt.Errorf("write tiny for %s: there are tables only for amd64 and arm64", arch)
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
		return nil, fmt.Errorf("decode the bytes of %q: %w", r.text, err)
	}
	return b, nil
}
