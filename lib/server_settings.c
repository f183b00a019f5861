/* SPDX-License-Identifier: MIT */
/* The settings every program of ours has. */
#include "server.h"

#define OFFSET(member) offsetof(struct server_settings, member)

enum { DAY_MS = 24 * 3600 * 1000 };

const struct setting server_setting_table[] = {
    {"host", SETTING_TEXT, OFFSET(host), "127.0.0.1", "address to listen on", 0, 0, NULL},
    {"port", SETTING_INT, OFFSET(port), "5000", "port to listen on; 0 takes a free one", 0, 65535,
     NULL},
    {"admin-port", SETTING_INT, OFFSET(admin_port), "0",
     "port for health and metrics; 0 serves them on the main port", 0, 65535, NULL},
    {"threads", SETTING_INT, OFFSET(threads), "1", "event loops", 1, 256, NULL},
    {"share-port", SETTING_BOOL, OFFSET(share_port), "false",
     "let several processes listen on one port", 0, 0, NULL},
    {"max-connections", SETTING_INT, OFFSET(max_connections), "4096",
     "open connections; more are closed at once", 1, 1000000, NULL},
    {"max-streams", SETTING_INT, OFFSET(max_streams), "100",
     "replies that may be streamed at once (else 503)", 1, 1000000, NULL},
    {"max-body", SETTING_SIZE, OFFSET(max_body), "1M", "largest request body (else 413)", 1024,
     1L << 30, NULL},
    {"max-url", SETTING_SIZE, OFFSET(max_url), "8K", "longest URL (else 414)", 64, 128L << 10,
     NULL},
    {"max-head", SETTING_SIZE, OFFSET(max_head), "16K", "longest request head (else 431)", 256,
     256L << 10, NULL},
    {"deadline", SETTING_MS, OFFSET(deadline_ms), "10s", "time a call may take (else 504)", 100,
     DAY_MS, NULL},
    {"idle", SETTING_MS, OFFSET(idle_ms), "15s",
     "time for a request to arrive, and a connection may stay without one", 100, DAY_MS, NULL},
    {"slow-reader", SETTING_MS, OFFSET(slow_reader_ms), "15s",
     "a client that takes almost nothing of its reply for so long is cut off", 100, DAY_MS, NULL},
    {"drain-grace", SETTING_MS, OFFSET(drain_grace_ms), "0",
     "when told to end: time to say 503 on /health before the port closes", 0, DAY_MS, NULL},
    {"drain", SETTING_MS, OFFSET(drain_ms), "10s",
     "when told to end: time for calls to finish after the port has closed", 0, DAY_MS, NULL},
    {"cpu-threads", SETTING_INT, OFFSET(cpu_threads), "2", "workers for what needs the processor",
     1, 256, NULL},
    {"blocking-threads", SETTING_INT, OFFSET(blocking_threads), "8",
     "workers for what waits for somebody else", 1, 1024, NULL},
    {"lane-queue", SETTING_INT, OFFSET(lane_queue), "256",
     "calls that may wait for each kind of worker (else 503)", 1, 1000000, NULL},
    {"log-level", SETTING_CHOICE, OFFSET(log_level), "info", "least important lines to log", 0, 0,
     "debug|info|warn|error|off"},
    {"public-prefix", SETTING_TEXT, OFFSET(public_prefix), "",
     "put before local paths in Location, for a gateway that strips it", 0, 0, NULL},
    {0},
};
