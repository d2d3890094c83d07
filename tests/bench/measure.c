/* Runs a command and prints what it took: wall and CPU seconds, peak KiB. A program of its own, as
 * Linux counts the memory of whoever starts a process towards that process's peak. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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
    if (argc < 2) {
        fputs("usage: measure PROGRAM ARGUMENT…\n", stderr);
        return 2;
    }
    double start = seconds_now();
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_quietly(argv + 1));

    int status;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status))
        return 1;
    double wall = seconds_now() - start;
    printf("%.6f %.6f %ld\n", wall, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
           usage.ru_maxrss);
    return WEXITSTATUS(status);
}
