/* A pause in C. Its handlers only record the signal; sigsuspend is the only wait. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void note(int s) {
	if (s != SIGCHLD)
		ended = s;
}

int main(int argc, char **argv) {
	static const int own[] = {SIGINT, SIGTERM, SIGCHLD};
	struct sigaction act = {.sa_handler = note, .sa_flags = SA_NOCLDSTOP};
	sigset_t set;

	for (int i = 1; i < argc; i++)
		if (strcasecmp(argv[i], "-v") == 0)
			return puts("pause in C") < 0;
	if (argc > 1 && argv[1][0] == '-') {
		fprintf(stderr, "%s: unknown flag %s\n", argv[0], argv[1]);
		return 2;
	}
	if (getpid() != 1)
		fprintf(stderr, "Warning: not the first process\n");

	/* The signals are blocked except during sigsuspend, so that none arrives
	   between the last check and the sleep. */
	sigprocmask(SIG_SETMASK, NULL, &set);
	for (int i = 0; i < 3; i++)
		sigaddset(&set, own[i]);
	sigprocmask(SIG_SETMASK, &set, NULL);
	for (int i = 0; i < 3; i++) {
		if (sigaction(own[i], &act, NULL) < 0)
			return i + 1;
		sigdelset(&set, own[i]);
	}
	while (!ended) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		sigsuspend(&set);
	}
	fprintf(stderr, "Shutting down, got signal: %s\n", strsignal(ended));
	return 0;
}
