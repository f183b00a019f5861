/* SPDX-License-Identifier: MIT */
/* What machines ask: is it alive, is it ready, how does it do. The store is asked once a second on
 * a worker; a question here is answered from what that said, so it never waits. */
#include "call_private.h"

#include "clock.h"

#include <string.h>

enum { ASK_EVERY_US = 1000000, STALE_US = 5000000 };

static void ask(struct task *task)
{
    struct health *health = H2O_STRUCT_FROM_MEMBER(struct health, task, task);
    struct error err;
    bool ok = store_ping(health->server->app->store, &err);

    atomic_store(&health->store_ok, ok);
    atomic_store(&health->answered_us, clock_monotonic_us());
    atomic_store(&health->asked_us, 0);
}

void health_open(struct server *server)
{
    struct health *health = &server->health;

    health->server = server;
    health->task.run = ask;
    atomic_store(&health->store_ok, true);
    if (server->app->store)
        ask(&health->task);
}

void health_ask(struct server *server, int64_t now_us)
{
    struct health *health = &server->health;

    if (!server->app->store || atomic_load(&health->asked_us) ||
        now_us - atomic_load(&health->answered_us) < ASK_EVERY_US)
        return;
    atomic_store(&health->asked_us, now_us);
    if (!lane_submit(server->admin, &health->task))
        atomic_store(&health->asked_us, 0);
}

static bool store_is_well(struct server *server)
{
    struct health *health = &server->health;

    if (!server->app->store)
        return true;
    return atomic_load(&health->store_ok) &&
           clock_monotonic_us() - atomic_load(&health->answered_us) < STALE_US;
}

bool health_ready(struct server *server)
{
    return !atomic_load(&server->draining) && store_is_well(server);
}

static enum outcome reply_state(struct call *call, const char *well, const char *type)
{
    struct server *server = call->server;
    const char *text = well;
    int status = 200;
    bool json = type[0] == 'a';

    call->secret = true;
    call_add_header(call, "cache-control", "no-store");
    if (!health_ready(server)) {
        status = 503;
        call_add_header(call, "retry-after", "1");
        if (atomic_load(&server->draining))
            text = json ? "{\"response\":\"draining\"}\n" : "draining\n";
        else
            text = json ? "{\"response\":\"store unavailable\"}\n" : "store unavailable\n";
    }
    return call_bytes(call, status, type, (struct list){text, strlen(text)});
}

/* GET /livez - 200 as long as the process can answer at all. */
static enum outcome get_livez(struct call *call)
{
    call->secret = true;
    call_add_header(call, "cache-control", "no-store");
    return call_text(call, 200, "ok\n");
}

/* GET /readyz - 200 or 503; ?verbose lists the checks. */
static enum outcome get_readyz(struct call *call)
{
    if (call_query(call, "verbose")) {
        const char *text =
            arena_printf(&call->arena, "serving %s\nstore %s\n",
                         atomic_load(&call->server->draining) ? "no, draining" : "yes",
                         !call->server->app->store     ? "none"
                         : store_is_well(call->server) ? "yes"
                                                       : "no");

        call->secret = true;
        return call_text(call, health_ready(call->server) ? 200 : 503, text);
    }
    return reply_state(call, "ok\n", "text/plain; charset=utf-8");
}

/* GET /health - the same as JSON. */
static enum outcome get_health(struct call *call)
{
    return reply_state(call, "{\"response\":\"pong\"}\n", "application/json");
}

/* GET /metrics - Prometheus' text format. */
static enum outcome get_metrics(struct call *call)
{
    call->secret = true;
    call->out.len = 0;
    metrics_write(call->server->metrics, &call->out);
    return call_bytes(call, 200, "text/plain; version=0.0.4; charset=utf-8",
                      (struct list){call->out.data, call->out.len});
}

const struct route admin_routes[] = {
    {"GET", "/livez", get_livez, (enum kind)KIND_LOOP, NULL},
    {"GET", "/readyz", get_readyz, (enum kind)KIND_LOOP, NULL},
    {"GET", "/health", get_health, (enum kind)KIND_LOOP, NULL},
    {"GET", "/metrics", get_metrics, (enum kind)KIND_ADMIN, NULL},
    {0},
};
