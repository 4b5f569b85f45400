package tiny

// amd64 is the file for x86-64. Linux clears all registers before it starts a
// program. A system call changes only rax, rcx and r11.
//
// The program header begins at offset 48, inside the file's header. The file's
// e_phentsize 56 and e_phnum 1 are also the program's p_flags (the kernel reads only
// the lowest three bits) and its p_offset 1. That 1 and the address after it are also
// a struct sigaction: SIG_IGN, and flags of which only SA_NOCLDSTOP has an effect
// without a handler.
//
//nolint:dupword // bytes and arguments repeat
var amd64 = [...]row{
	{"", field, "magic", "7f 45 4c 46", ""},
	{"terminated", data, "Terminated\n", "54 65 72 6d 69 6e 61 74 65 64 0a", "over the rest of e_ident, which Linux does not read"},
	{"", field, "", "00", ""},
	{"", field, "e_type", "02 00", "ET_EXEC"},
	{"", field, "e_machine", "3e 00", "EM_X86_64"},
	{"", field, "e_version", "00 00 00 00", "not read"},
	{"", field, "e_entry", "28 00 40 00 00 00 00 00", "start"},
	{"", field, "e_phoff", "30 00 00 00 00 00 00 00", "phdr"},

	// Eight bytes in place of e_shoff, which Linux does not read.
	{"start", code, "mov dil, 0x11", "40 b7 11", "SIGCHLD"},
	{"", code, "mov r10b, 0x8", "41 b2 08", "size of a signal set"},
	{"", code, "jmp second", "eb 30", ""},

	{"phdr", field, "e_flags, p_type", "01 00 00 00", "PT_LOAD"},
	{"", field, "e_ehsize, p_flags", "05 00", "PF_R and PF_X"},
	{"", field, "e_phentsize, p_flags", "38 00", ""},
	{"act", field, "e_phnum, p_offset, sa_handler", "01 00", "maps the file from its second byte; SIG_IGN"},
	{"", field, "e_shentsize, e_shnum, e_shstrndx, p_offset, sa_handler", "00 00 00 00 00 00", ""},
	{"", field, "p_vaddr, sa_flags", "01 00 40 00 00 00 00 00", "SA_NOCLDSTOP"},
	{"set", data, "SIGINT, SIGTERM", "02 40 00 00 00 00 00 00", "over p_paddr, which Linux does not read"},
	{"", field, "p_filesz", "02 01 00 00 00 00 00 00", "all but the first byte"},
	{"", field, "p_memsz", "02 01 00 00 00 00 00 00", ""},

	// The code continues in place of p_align, which Linux does not read.
	{"second", code, "mov esi, act", "be 38 00 40 00", ""},
	{"", code, "mov al, 0xd", "b0 0d", "rt_sigaction(SIGCHLD, act, NULL, 8)"},
	{"", code, "syscall", "0f 05", ""},
	{"", code, "xor edi, edi", "31 ff", "SIG_BLOCK"},
	{"", code, "add esi, 0x10", "83 c6 10", "set"},
	{"", code, "mov al, 0xe", "b0 0e", "rt_sigprocmask(SIG_BLOCK, set, NULL, 8)"},
	{"", code, "syscall", "0f 05", ""},

	// Free the pages between the end of the stack and the text of the arguments.
	// They hold what programs read to get their arguments. The text stays, for ps.
	{"", code, "pop rsi", "5e", "argc"},
	{"", code, "pop rsi", "5e", "argv[0]"},
	{"", code, "mov rdi, rsp", "48 89 e7", ""},
	{"", code, "xor di, di", "66 31 ff", "round down to 64 KiB; the stack has 128 KiB to spare"},
	{"", code, "sub rsi, rdi", "48 29 fe", ""},
	{"", code, "and si, -0x1000", "66 81 e6 00 f0", "whole pages"},
	{"", code, "mov dl, 0x4", "b2 04", "MADV_DONTNEED"},
	{"", code, "mov al, 0x1c", "b0 1c", "madvise(stack, length, MADV_DONTNEED)"},
	{"", code, "syscall", "0f 05", ""},

	// Reap children that died before SIGCHLD was ignored.
	{"", code, "or edi, -0x1", "83 cf ff", "any child"},
	{"", code, "xor esi, esi", "31 f6", ""},
	{"", code, "mov dl, 0x1", "b2 01", "WNOHANG"},
	{"", code, "xor r10d, r10d", "45 31 d2", ""},
	{"reap", code, "xor eax, eax", "31 c0", ""},
	{"", code, "mov al, 0x3d", "b0 3d", "wait4(-1, NULL, WNOHANG, NULL)"},
	{"", code, "syscall", "0f 05", ""},
	{"", code, "test eax, eax", "85 c0", ""},
	{"", code, "jg reap", "7f f6", "reaped one: try the next"},

	{"", code, "mov edi, set", "bf 48 00 40 00", "rsi is still NULL"},
	{"", code, "xor edx, edx", "31 d2", "no timeout"},
	{"", code, "mov r10b, 0x8", "41 b2 08", ""},
	{"wait", code, "xor eax, eax", "31 c0", ""},
	{"", code, "mov al, 0x80", "b0 80", "rt_sigtimedwait(set, NULL, NULL, 8)"},
	{"", code, "syscall", "0f 05", ""},
	{"", code, "cmp al, 0x2", "3c 02", "SIGINT"},
	{"", code, "je interrupt", "74 0d", ""},
	{"", code, "cmp al, 0xf", "3c 0f", "SIGTERM"},
	{"", code, "jne wait", "75 f2", "-EINTR: tiny itself was stopped"},

	// Push the two parts of the line, last part first, as an array of two struct iovec.
	{"", code, "push 0xb", "6a 0b", ""},
	{"", code, "push terminated", "68 04 00 40 00", ""},
	{"", code, "jmp say", "eb 07", ""},
	{"interrupt", code, "push 0xa", "6a 0a", ""},
	{"", code, "push interrupted", "68 f9 00 40 00", ""},
	{"say", code, "push 0x1b", "6a 1b", ""},
	{"", code, "push got", "68 de 00 40 00", ""},
	{"", code, "push rsp", "54", ""},
	{"", code, "pop rsi", "5e", ""},
	{"", code, "push 0x2", "6a 02", "stderr"},
	{"", code, "pop rdi", "5f", ""},
	{"", code, "mov edx, edi", "89 fa", "two parts"},
	{"", code, "push 0x14", "6a 14", "writev(2, parts, 2)"},
	{"", code, "pop rax", "58", ""},
	{"", code, "syscall", "0f 05", ""},
	{"", code, "xor edi, edi", "31 ff", ""},
	{"", code, "push 0x3c", "6a 3c", "exit(0)"},
	{"", code, "pop rax", "58", ""},
	{"", code, "syscall", "0f 05", ""},

	{"got", data, "Shutting down, got signal: ", "53 68 75 74 74 69 6e 67 20 64 6f 77 6e 2c 20 67 6f 74 20 73 69 67 6e 61 6c 3a 20", ""},
	{"interrupted", data, "Interrupt\n", "49 6e 74 65 72 72 75 70 74 0a", ""},
}
