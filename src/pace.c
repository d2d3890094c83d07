#include "pace.h"

#include "base/timefmt.h"
#include "engine.h"

/* How much later than it was captured a packet may come to us: so much of the time that passes
 * while nothing comes is not believed. */
static const int64_t lag_live_ns = 200 * (int64_t)1000000;  /* a block of the kernel's buffer */
static const int64_t lag_pipe_ns = 2000 * (int64_t)1000000; /* whatever buffers are before a pipe */

static const int64_t tend_ns = 100 * (int64_t)1000000;

/* How old the newest packet of a pipe may be, and still be one that was just captured. */
static const int64_t current_ns = 60 * (int64_t)1000000000;

static bool engine_is_live(const struct engine *engine)
{
    return engine->config->interface_count > 0;
}

static int64_t clock_read(const struct engine *engine)
{
    return engine->config->clock(engine->config->context);
}

bool pace_is_current(const struct engine *engine, int64_t clock_ns)
{
    if (engine_is_live(engine))
        return true;
    int64_t age_ns = time_between(engine->tally.previous_ns, clock_ns);
    return engine->pace.paused && engine->packets > 0 && age_ns > -current_ns &&
           age_ns < current_ns;
}

int64_t pace_now(const struct engine *engine)
{
    if (engine->config->clock == NULL)
        return engine->tally.last_ns;
    const int64_t now_ns = clock_read(engine);
    if (engine->packets == 0)
        return engine_is_live(engine) ? now_ns : 0;
    const int64_t lag_ns = engine_is_live(engine) ? lag_live_ns : lag_pipe_ns;
    const int64_t passed_ns = now_ns - engine->pace.clock_ns - lag_ns;
    const int64_t newest_ns =
        engine_is_live(engine) ? engine->tally.previous_ns : engine->tally.last_ns;
    return newest_ns + (passed_ns > 0 ? passed_ns : 0);
}

void pace_begin(struct engine *engine)
{
    if (engine->config->clock == NULL)
        return;
    const int64_t now_ns = clock_read(engine);
    engine->pace = (struct pace){.clock_ns = now_ns,
                                 .tended_ns = now_ns,
                                 .swept_ns = now_ns,
                                 .begun_ns = now_ns,
                                 .interval_ns = now_ns + engine->config->interval_ns};
}

/* The clock may be set while we run: back, and nothing is due for a while; forward, and all is. */
static void pace_interval(struct engine *engine, int64_t clock_ns)
{
    struct pace *pace = &engine->pace;
    const int64_t interval_ns = engine->config->interval_ns;
    if (pace->interval_ns - clock_ns > interval_ns)
        pace->interval_ns = clock_ns + interval_ns;
    if (interval_ns <= 0 || clock_ns < pace->interval_ns)
        return;
    pace->interval_ns = clock_ns + interval_ns;
    engine_interval(engine, pace_now(engine));
}

static void pace_sweep(struct engine *engine, int64_t clock_ns)
{
    const int64_t elapsed_ns = time_between(engine->pace.swept_ns, clock_ns);
    engine->pace.swept_ns = clock_ns;
    if (elapsed_ns <= 0 || engine->packets == 0 || !pace_is_current(engine, clock_ns))
        return;
    const int64_t now_ns = pace_now(engine);
    engine_sweep(engine, now_ns, elapsed_ns);
    if (time_between(engine->pace.room_ns, clock_ns) < NS_PER_S && engine->pace.room_ns <= clock_ns)
        return;
    engine->pace.room_ns = clock_ns;
    engine_make_room(engine, now_ns);
}

static void pace_tend(struct engine *engine, int64_t clock_ns)
{
    const struct icmpscope_config *config = engine->config;
    belt_settle(&engine->belt);
    engine->pace.tended_ns = clock_ns;
    pace_sweep(engine, clock_ns);
    pace_interval(engine, clock_ns);
    if (engine_is_live(engine) && config->max_duration_ns > 0 &&
        clock_ns - engine->pace.begun_ns >= config->max_duration_ns)
        live_stop(engine->intake.inputs.live);
    if (engine_is_live(engine))
        engine_tell_progress(engine);
    if (config->tend != NULL)
        config->tend(config->context, (struct icmpscope *)engine);
}

void pace_batch(struct engine *engine)
{
    if (engine->config->clock == NULL)
        return;
    const int64_t clock_ns = clock_read(engine), since_ns = clock_ns - engine->pace.tended_ns;
    engine->pace.clock_ns = clock_ns;
    if (since_ns >= tend_ns || since_ns < 0)
        pace_tend(engine, clock_ns);
}

bool pace_pause(void *context)
{
    struct engine *engine = context;
    belt_settle(&engine->belt);
    const int64_t now_ns = pace_now(engine);
    engine->pace.paused = true;
    if (now_ns != 0)
        engine_age(engine, now_ns);
    out_flush(&engine->out);
    pace_tend(engine, clock_read(engine));
    return !engine_is_over(engine);
}
