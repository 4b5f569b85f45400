package tiny

// arm64 is the file for AArch64. A system call changes only x0.
//
// The program header begins at offset 56, inside the file's header, where both need
// 1. qemu checks more of the file's header than Linux does, so the table leaves the
// rest of it unchanged.
//
//nolint:dupword // bytes and arguments repeat
var arm64 = [...]row{
	{"", field, "magic", "7f 45 4c 46", ""},
	{"", field, "e_ident", "02 01 01 00", "64 bit, little endian: only qemu reads this"},
	{"", field, "", "00 00 00 00 00 00 00 00", ""},
	{"", field, "e_type", "02 00", "ET_EXEC"},
	{"", field, "e_machine", "b7 00", "EM_AARCH64"},
	{"", field, "e_version", "01 00 00 00", ""},
	{"", field, "e_entry", "70 00 40 00 00 00 00 00", "start"},
	{"", field, "e_phoff", "38 00 00 00 00 00 00 00", "phdr"},
	{"", field, "e_shoff", "00 00 00 00 00 00 00 00", "not read"},
	{"", field, "e_flags", "00 00 00 00", ""},
	{"", field, "e_ehsize", "40 00", ""},
	{"", field, "e_phentsize", "38 00", ""},
	{"phdr", field, "e_phnum, p_type", "01 00", "PT_LOAD"},
	{"", field, "e_shentsize, p_type", "00 00", ""},
	{"", field, "e_shnum, p_flags", "05 00", "PF_R and PF_X"},
	{"", field, "e_shstrndx, p_flags", "00 00", ""},
	{"", field, "p_offset", "00 00 00 00 00 00 00 00", ""},
	{"", field, "p_vaddr", "00 00 40 00 00 00 00 00", ""},
	{"set", data, "SIGINT, SIGTERM", "02 40 00 00 00 00 00 00", "over p_paddr, which Linux does not read"},
	{"", field, "p_filesz", "58 01 00 00 00 00 00 00", "all"},
	{"", field, "p_memsz", "58 01 00 00 00 00 00 00", ""},
	{"", field, "p_align", "00 00 01 00 00 00 00 00", "pages can have 64 KiB"},

	{"start", code, "mov x1, #0x1", "21 00 80 d2", "sa_handler: SIG_IGN"},
	{"", code, "stp x1, xzr, [sp,#-16]!", "e1 7f bf a9", "sa_flags: none"},
	{"", code, "mov x1, sp", "e1 03 00 91", "act"},
	{"", code, "mov x0, #0x11", "20 02 80 d2", "SIGCHLD"},
	{"", code, "mov x2, #0x0", "02 00 80 d2", ""},
	{"", code, "mov x3, #0x8", "03 01 80 d2", "size of a signal set"},
	{"", code, "mov x8, #0x86", "c8 10 80 d2", "rt_sigaction(SIGCHLD, act, NULL, 8)"},
	{"", code, "svc #0x0", "01 00 00 d4", ""},
	{"", code, "mov x0, #0x0", "00 00 80 d2", "SIG_BLOCK"},
	{"", code, "adr x1, set", "e1 fd ff 10", ""},
	{"", code, "mov x8, #0x87", "e8 10 80 d2", "rt_sigprocmask(SIG_BLOCK, set, NULL, 8)"},
	{"", code, "svc #0x0", "01 00 00 d4", ""},

	// Reap children that died before SIGCHLD was ignored.
	{"reap", code, "mov x0, #0xffffffffffffffff", "00 00 80 92", "any child"},
	{"", code, "mov x1, #0x0", "01 00 80 d2", ""},
	{"", code, "mov x2, #0x1", "22 00 80 d2", "WNOHANG"},
	{"", code, "mov x3, #0x0", "03 00 80 d2", ""},
	{"", code, "mov x8, #0x104", "88 20 80 d2", "wait4(-1, NULL, WNOHANG, NULL)"},
	{"", code, "svc #0x0", "01 00 00 d4", ""},
	{"", code, "cmp x0, #0x0", "1f 00 00 f1", ""},
	{"", code, "b gt, reap", "2c ff ff 54", "reaped one: try the next"},

	{"", code, "mov x2, #0x0", "02 00 80 d2", "no timeout"},
	{"", code, "mov x3, #0x8", "03 01 80 d2", ""},
	{"", code, "mov x8, #0x89", "28 11 80 d2", "rt_sigtimedwait(set, NULL, NULL, 8)"},
	{"wait", code, "adr x0, set", "20 fc ff 10", "x1 is still NULL"},
	{"", code, "svc #0x0", "01 00 00 d4", ""},
	{"", code, "cmp x0, #0x2", "1f 08 00 f1", "SIGINT"},
	{"", code, "b eq, interrupt", "c0 00 00 54", ""},
	{"", code, "cmp x0, #0xf", "1f 3c 00 f1", "SIGTERM"},
	{"", code, "b ne, wait", "61 ff ff 54", "-EINTR: tiny itself was stopped"},

	// Push the two parts of the line, last part first, as an array of two struct iovec.
	{"", code, "adr x4, terminated", "44 03 00 30", ""},
	{"", code, "mov x5, #0xb", "65 01 80 d2", ""},
	{"", code, "b say", "03 00 00 14", ""},
	{"interrupt", code, "adr x4, interrupted", "84 02 00 70", ""},
	{"", code, "mov x5, #0xa", "45 01 80 d2", ""},
	{"say", code, "stp x4, x5, [sp,#-16]!", "e4 17 bf a9", ""},
	{"", code, "adr x2, got", "62 01 00 10", ""},
	{"", code, "mov x3, #0x1b", "63 03 80 d2", ""},
	{"", code, "stp x2, x3, [sp,#-16]!", "e2 0f bf a9", ""},
	{"", code, "mov x0, #0x2", "40 00 80 d2", "stderr"},
	{"", code, "mov x1, sp", "e1 03 00 91", ""},
	{"", code, "mov x2, #0x2", "42 00 80 d2", "two parts"},
	{"", code, "mov x8, #0x42", "48 08 80 d2", "writev(2, parts, 2)"},
	{"", code, "svc #0x0", "01 00 00 d4", ""},
	{"", code, "mov x0, #0x0", "00 00 80 d2", ""},
	{"", code, "mov x8, #0x5d", "a8 0b 80 d2", "exit(0)"},
	{"", code, "svc #0x0", "01 00 00 d4", ""},

	{"got", data, "Shutting down, got signal: ", "53 68 75 74 74 69 6e 67 20 64 6f 77 6e 2c 20 67 6f 74 20 73 69 67 6e 61 6c 3a 20", ""},
	{"interrupted", data, "Interrupt\n", "49 6e 74 65 72 72 75 70 74 0a", ""},
	{"terminated", data, "Terminated\n", "54 65 72 6d 69 6e 61 74 65 64 0a", ""},
}
