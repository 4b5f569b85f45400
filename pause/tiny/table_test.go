package tiny

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"flag"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"
)

// All tests of ./pause/... must accept this flag.
var _ = flag.String("pause", "", "only for the tests of podlab/pause")

// disassemble returns the first instruction of b, which is at pc, and its length.
var disassemble = map[string]func(b []byte, pc uint64, name func(uint64) string) (string, int, error){
	"amd64": func(b []byte, pc uint64, name func(uint64) string) (string, int, error) {
		inst, err := x86asm.Decode(b, 64)
		if err != nil {
			return "", 0, err
		}
		for _, arg := range inst.Args {
			switch arg := arg.(type) {
			case x86asm.Rel:
				return fmt.Sprintf("%s %s", strings.ToLower(inst.Op.String()), name(pc+uint64(inst.Len)+uint64(arg))), inst.Len, nil
			case x86asm.Imm:
				if n := name(uint64(arg)); n != "" {
					text := x86asm.IntelSyntax(inst, pc, nil)
					return strings.Replace(text, fmt.Sprintf("%#x", uint64(arg)), n, 1), inst.Len, nil
				}
			}
		}
		return x86asm.IntelSyntax(inst, pc, nil), inst.Len, nil
	},
	"arm64": func(b []byte, pc uint64, name func(uint64) string) (string, int, error) {
		inst, err := arm64asm.Decode(b)
		if err != nil {
			return "", 0, err
		}
		text := strings.ToLower(inst.String())
		for _, arg := range inst.Args {
			if rel, ok := arg.(arm64asm.PCRel); ok {
				text = strings.Replace(text, strings.ToLower(rel.String()), name(pc+uint64(rel)), 1)
			}
		}
		return text, 4, nil
	},
}

func TestInstructionsMatchTable(t *testing.T) {
	for arch := range tables {
		t.Run(arch, func(t *testing.T) {
			at := labels(t, arch)
			pc := uint64(base)
			for _, r := range tables[arch] {
				b := encoded(t, r)
				switch {
				case r.kind == code:
					text, n, err := disassemble[arch](b, pc, func(a uint64) string { return at[a] })
					if err != nil || text != r.text || n != len(b) {
						t.Errorf("%#x: % x is %q (%d bytes, %v), want %q", pc, b, text, n, err, r.text)
					}
				case r.label == "set":
					if got, want := binary.LittleEndian.Uint64(b), uint64(1<<(2-1)|1<<(15-1)); got != want {
						t.Errorf("signal set %#x, want %#x", got, want)
					}
				case r.kind == data && string(b) != r.text:
					t.Errorf("%#x: % x is %q, want %q", pc, b, b, r.text)
				}
				pc += uint64(len(b))
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		t.Run(arch, func(t *testing.T) {
			file, err := ELF(arch)
			if err != nil {
				t.Fatal(err)
			}
			var h elf.Header64
			var p elf.Prog64
			decode(t, file, &h)
			decode(t, file[h.Phoff:], &p)
			if string(h.Ident[:4]) != elf.ELFMAG || elf.Type(h.Type) != elf.ET_EXEC || elf.Machine(h.Machine) != machine {
				t.Errorf("not an executable for %s: %+v", arch, h)
			}
			if h.Phnum != 1 || int(h.Phentsize) != binary.Size(p) || elf.ProgType(p.Type) != elf.PT_LOAD {
				t.Errorf("want exactly one segment to load, got %+v %+v", h, p)
			}
			if access := elf.ProgFlag(p.Flags) & (elf.PF_R | elf.PF_W | elf.PF_X); access != elf.PF_R|elf.PF_X {
				t.Errorf("memory is mapped %v, want readable and executable", access)
			}
			if p.Vaddr-p.Off != base || p.Off+p.Filesz != uint64(len(file)) || p.Memsz != p.Filesz {
				t.Errorf("the segment does not map all %d bytes: %+v", len(file), p)
			}
			if at := labels(t, arch); at[h.Entry] != "start" || at[base+h.Phoff] != "phdr" {
				t.Errorf("entry point at %q, program header at %q; want start and phdr", at[h.Entry], at[base+h.Phoff])
			}
		})
	}
}

func TestSize(t *testing.T) {
	if file, err := ELF("amd64"); err != nil || len(file) > 300 {
		t.Errorf("%d bytes, %v; want at most 300", len(file), err)
	}
}

func TestOtherArchitectures(t *testing.T) {
	if file, err := ELF("riscv64"); err == nil {
		t.Errorf("got %d bytes for riscv64, want an error", len(file))
	}
}

func decode(t *testing.T, from []byte, to any) {
	t.Helper()
	if err := binary.Read(bytes.NewReader(from), binary.LittleEndian, to); err != nil {
		t.Fatal(err)
	}
}

// labels returns the labels of arch's table by their addresses.
func labels(t *testing.T, arch string) map[uint64]string {
	t.Helper()
	at := make(map[uint64]string)
	pc := uint64(base)
	for _, r := range tables[arch] {
		if r.label != "" {
			at[pc] = r.label
		}
		pc += uint64(len(encoded(t, r)))
	}
	return at
}

func encoded(t *testing.T, r row) []byte {
	t.Helper()
	b, err := r.encoded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
