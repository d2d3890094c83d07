#include "command/progress.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/timefmt.h"

enum {
    EVERY_NS = NS_PER_S / 5,
    FIRST_NS = NS_PER_S / 2, /* what is done sooner shows no line */
    COLUMNS = 80,            /* of a terminal that does not say */
    ECHO_COLUMNS = 2,        /* the ^C that a terminal puts behind the line */
};

/* ---- the text: by hand, because a signal handler may not call printf ----------------------------
 */

struct text {
    char *at, *end; /* there is room for a '\0' at `end` */
};

static void put_text(struct text *text, const char *more)
{
    while (*more != '\0' && text->at < text->end)
        *text->at++ = *more++;
}

/* With at least `digits` digits. */
static void put_number(struct text *text, uint64_t number, int digits)
{
    char reversed[20];
    int count = 0;
    for (; number > 0 || count < digits; number /= 10)
        reversed[count++] = (char)('0' + number % 10);
    while (count > 0 && text->at < text->end)
        *text->at++ = reversed[--count];
}

static void put_bytes(struct text *text, uint64_t bytes)
{
    static const char *const units[] = {" B", " kB", " MB", " GB", " TB", " PB", " EB"};
    size_t unit = 0;
    uint64_t tenths = 0;
    for (; bytes >= 1000; bytes /= 1000, unit++)
        tenths = bytes % 1000 / 100;
    put_number(text, bytes, 1);
    if (unit > 0) {
        put_text(text, ".");
        put_number(text, tenths, 1);
    }
    put_text(text, units[unit]);
}

static void put_duration(struct text *text, uint64_t seconds)
{
    if (seconds >= 3600) {
        put_number(text, seconds / 3600, 1);
        put_text(text, ":");
    }
    put_number(text, seconds / 60 % 60, seconds >= 3600 ? 2 : 1);
    put_text(text, ":");
    put_number(text, seconds % 60, 2);
}

/* Of what is read: neither known of a pipe, nor of a file that has grown. */
static bool total_known(const struct icmpscope_progress *state)
{
    return state->bytes_total > 0 && state->bytes_read <= state->bytes_total;
}

static void put_rate(struct text *text, const struct icmpscope_progress *state, int64_t elapsed_ns)
{
    double rate = (double)state->bytes_read * NS_PER_S / (double)elapsed_ns;
    put_text(text, ", ");
    put_bytes(text, (uint64_t)rate);
    put_text(text, "/s");
    if (!total_known(state) || rate < 1)
        return;

    static const double longest = 359999; /* seconds: 99:59:59 */
    double left = (double)(state->bytes_total - state->bytes_read) / rate;
    put_text(text, ", ");
    put_duration(text, (uint64_t)(left < longest ? left : longest));
    put_text(text, " left");
}

static void put_progress(struct text *text, const struct icmpscope_progress *state,
                         int64_t elapsed_ns)
{
    if (total_known(state)) {
        double share = (double)state->bytes_read / (double)state->bytes_total;
        put_number(text, (uint64_t)(share * 100), 1);
        put_text(text, "%, ");
    }
    put_bytes(text, state->bytes_read);
    if (total_known(state)) {
        put_text(text, " of ");
        put_bytes(text, state->bytes_total);
    }
    if (elapsed_ns > 0)
        put_rate(text, state, elapsed_ns);
    put_text(text, ", ");
}

char *progress_format(char *buf, size_t size, const struct icmpscope_progress *state,
                      int64_t elapsed_ns)
{
    struct text text = {buf, buf + size - 1};
    if (state->bytes_read > 0 || state->bytes_total > 0)
        put_progress(&text, state, elapsed_ns);
    put_number(&text, state->icmp_messages, 1);
    put_text(&text, state->icmp_messages == 1 ? " ICMP message, " : " ICMP messages, ");
    put_number(&text, state->packets, 1);
    put_text(&text, state->packets == 1 ? " packet" : " packets");
    if (state->kernel_drops > 0) {
        put_text(&text, ", ");
        put_number(&text, state->kernel_drops, 1);
        put_text(&text, " dropped by the kernel");
    }
    *text.at = '\0';
    return buf;
}

/* ---- the terminal ------------------------------------------------------------------------------
 */

/* A line that cannot be written is no loss. */
static void write_line(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        bytes += n;
        size -= (size_t)n;
    }
}

static size_t terminal_columns(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return COLUMNS;
    return size.ws_col;
}

/* In the last column the cursor would go to the next line. */
static size_t line_most(const struct progress *progress)
{
    size_t most = terminal_columns(progress->fd) - 1;
    return most < PROGRESS_TEXT_SIZE - 1 ? most : PROGRESS_TEXT_SIZE - 1;
}

/* The text over what stands there, with blanks over the rest of that. */
static void draw(struct progress *progress, const char *text)
{
    char line[1 + PROGRESS_TEXT_SIZE + ECHO_COLUMNS] = "\r";
    size_t length = strlen(text), most = line_most(progress);
    size_t before = progress->drawn < most ? progress->drawn : most;
    size_t columns = length > before ? length : before;
    memset(line + 1, ' ', columns);
    memcpy(line + 1, text, length);
    write_line(progress->fd, line, 1 + columns);
    progress->drawn = length;
}

void progress_init(struct progress *progress, int fd, bool drawing, int64_t now_ns)
{
    *progress = (struct progress){
        .fd = fd, .drawing = drawing, .begun_ns = now_ns, .next_ns = now_ns + FIRST_NS};
}

void progress_update(struct progress *progress, const struct icmpscope_progress *state,
                     int64_t now_ns)
{
    sig_atomic_t other = !progress->current;
    progress->states[other] = *state;
    atomic_signal_fence(memory_order_seq_cst);
    progress->current = other;
    if (!progress->drawing || now_ns < progress->next_ns)
        return;

    char text[PROGRESS_TEXT_SIZE];
    progress->next_ns = now_ns + EVERY_NS;
    draw(progress,
         progress_format(text, line_most(progress) + 1, state, now_ns - progress->begun_ns));
}

void progress_erase(struct progress *progress)
{
    if (progress->drawn == 0)
        return;
    progress->drawn += ECHO_COLUMNS;
    draw(progress, "");
    write_line(progress->fd, "\r", 1);
}

void progress_print(const struct progress *progress, int64_t now_ns)
{
    static const char name[] = "icmpscope: ";
    char line[1 + sizeof name + 2 * PROGRESS_TEXT_SIZE];
    int before = errno;
    char *end = line;
    if (progress->drawn > 0)
        *end++ = '\r';
    memcpy(end, name, sizeof name - 1);
    end += sizeof name - 1;
    progress_format(end, PROGRESS_TEXT_SIZE, &progress->states[progress->current],
                    now_ns - progress->begun_ns);
    end += strlen(end);
    while ((size_t)(end - line) < progress->drawn + 1)
        *end++ = ' ';
    *end++ = '\n';
    write_line(progress->fd, line, (size_t)(end - line));
    errno = before;
}
