/* Runs a command and prints what it took: wall and CPU seconds, peak KiB, and where the processor
 * counts them, for whoever may know, instructions outside the kernel. A program of its own, as
 * Linux counts the memory of whoever starts a process towards that process's peak.
 *
 * So many MiB are used and given back before that. A virtual machine may have given what is free to
 * its host, where to get it again takes longer than most of what is measured. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/perf_event.h>
#include <sys/syscall.h>
#endif

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* A descriptor that counts the instructions of this process and of those that it starts, or -1. */
static int instructions_open(void)
{
#ifdef __linux__
    struct perf_event_attr what = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof what,
                                   .config = PERF_COUNT_HW_INSTRUCTIONS,
                                   .inherit = 1,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    return (int)syscall(SYS_perf_event_open, &what, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
#else
    return -1;
#endif
}

/* In large pages where there are any, as the command may ask for them. */
static void memory_use(size_t size)
{
    enum { STEP = 4096 };
    unsigned char *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return;
#ifdef MADV_HUGEPAGE
    madvise(memory, size, MADV_HUGEPAGE);
#endif
    for (size_t i = 0; i < size; i += STEP)
        *(volatile unsigned char *)(memory + i) = 1;
}

/* By a process that ends, so that none of it is counted. */
static void memory_get(size_t size)
{
    pid_t pid = size > 0 ? fork() : -1;
    if (pid == 0) {
        memory_use(size);
        _exit(0);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static int run_quietly(char **command)
{
    int null = open("/dev/null", O_WRONLY);
    if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
        return 127;
    execv(command[0], command);
    perror(command[0]);
    return 127;
}

int main(int argc, char **argv)
{
    enum { MIB_SHIFT = 20 };
    if (argc < 3) {
        fputs("usage: measure MIB PROGRAM ARGUMENT…\n", stderr);
        return 2;
    }
    memory_get((size_t)strtoul(argv[1], NULL, 10) << MIB_SHIFT);
    int counter = instructions_open();
    double start = seconds_now();
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_quietly(argv + 2));

    int status;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status))
        return 1;
    double wall = seconds_now() - start;
    printf("%.6f %.6f %ld", wall, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
           usage.ru_maxrss);
    uint64_t instructions;
    if (counter >= 0 && read(counter, &instructions, sizeof instructions) == sizeof instructions)
        printf(" %" PRIu64, instructions);
    putchar('\n');
    return WEXITSTATUS(status);
}
