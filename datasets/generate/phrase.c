/* SPDX-License-Identifier: MIT */
#include "phrase.h"

#include <string.h>

struct topic {
    const char *name;
    const char *nouns[5];
    const char *tools[3];
};

static const struct topic topics[TOPIC_COUNT] = {
    {"c",
     {"pointer", "header file", "memory arena", "linker script", "macro"},
     {"gcc", "clang", "valgrind"}},
    {"python",
     {"generator", "decorator", "virtual environment", "type hint", "list comprehension"},
     {"pip", "pytest", "mypy"}},
    {"rust",
     {"borrow checker", "lifetime", "trait object", "crate", "async runtime"},
     {"cargo", "clippy", "miri"}},
    {"databases",
     {"index", "transaction", "query planner", "schema migration", "write-ahead log"},
     {"SQLite", "PostgreSQL", "MongoDB"}},
    {"networking",
     {"socket", "packet capture", "load balancer", "timeout", "congestion window"},
     {"tcpdump", "curl", "iproute"}},
    {"compilers",
     {"parser", "register allocator", "intermediate representation", "grammar",
      "optimisation pass"},
     {"LLVM", "bison", "godbolt"}},
    {"testing",
     {"unit test", "flaky test", "fuzzer", "test double", "coverage report"},
     {"cmocka", "AFL", "hypothesis"}},
    {"security",
     {"password hash", "certificate", "threat model", "sandbox", "access token"},
     {"libsodium", "OpenSSL", "seccomp"}},
    {"web",
     {"stylesheet", "web form", "cookie", "template engine", "cache header"},
     {"mustache", "Firefox", "HAProxy"}},
    {"linux",
     {"kernel module", "cgroup", "file descriptor", "system call", "init script"},
     {"strace", "perf", "systemd"}},
    {"editors",
     {"key binding", "syntax tree", "plugin", "modal editor", "macro recorder"},
     {"vim", "Emacs", "ed"}},
    {"algorithms",
     {"hash table", "priority queue", "suffix array", "bloom filter", "shortest path"},
     {"timsort", "quickselect", "Dijkstra"}},
    {"performance",
     {"flame graph", "cache miss", "hot loop", "benchmark", "tail latency"},
     {"perf", "wrk", "hyperfine"}},
    {"embedded",
     {"microcontroller", "bootloader", "interrupt handler", "serial console", "watchdog"},
     {"OpenOCD", "FreeRTOS", "Arduino"}},
    {"graphics",
     {"ray tracer", "fragment shader", "colour space", "font renderer", "sprite sheet"},
     {"OpenGL", "Vulkan", "libgd"}},
    {"git",
     {"merge conflict", "rebase", "commit message", "bisect", "monorepo"},
     {"git", "gerrit", "tig"}},
    {"mathematics",
     {"prime sieve", "random walk", "matrix", "proof", "floating point"},
     {"SymPy", "Octave", "GMP"}},
    {"games",
     {"game loop", "chess engine", "level editor", "save file", "text adventure"},
     {"SDL", "Godot", "nethack"}},
    {"careers",
     {"code review", "job interview", "side project", "pair session", "on-call rotation"},
     {"Jira", "Kanban", "Scrum"}},
    {"documentation",
     {"tutorial", "manual page", "changelog", "diagram", "style guide"},
     {"Sphinx", "pandoc", "graphviz"}},
    {"distributed",
     {"message queue", "consensus protocol", "leader election", "vector clock", "retry budget"},
     {"Raft", "Kafka", "etcd"}},
    {"data",
     {"spreadsheet", "time series", "histogram", "data frame", "scraper"},
     {"pandas", "gnuplot", "jq"}},
    {"hardware",
     {"mechanical keyboard", "logic analyser", "graphics card", "home server", "soldering iron"},
     {"KiCad", "FreeCAD", "OpenSCAD"}},
    {"history",
     {"punch card", "mainframe", "teletype", "floppy disk", "home computer"},
     {"COBOL", "Lisp", "Fortran"}},
};

/* %n a noun of the topic, %N an own with article, %t a tool, %T the topic, %a an adjective, %A with
 * article, %v a verb, %p a person, %d a digit from 2, %y a year, %x something foreign. */
static const char *const title_patterns[] = {
    "How I wrote %N in a weekend",
    "Show: %A %n, written in C",
    "Why does my %n %v so slowly?",
    "%t %d.%d is out",
    "%A introduction to the %n",
    "What every programmer should know about the %n",
    "Ask: which %n do you use for %T?",
    "The %n that cost us %d days",
    "I replaced our %n with %t and this is what happened",
    "%t considered %a",
    "You probably do not need %N",
    "Lessons from %d years of %T",
    "%p on the future of %T",
    "Writing %N from scratch with %t",
    "Understanding the %n, part %d",
    "Is it just me, or is every %n %a?",
    "%A way to %v your %n",
    "The %n explained with pictures",
    "Today I learned that %t can %v %N",
    "[%y] The %a history of the %n",
    "%d things I wish I had known about %T",
    "Debugging %N at three in the morning",
    "My %n keeps falling over. Please help!",
    "From %t to %t: %A story",
    "A small library to %v any %n",
    "On the design of %N",
    "Benchmark: %t against %t",
    "How %p taught me to %v",
    "“%x” – a %n for people who like %T",
    "Stop making your %n %a",
    "Why we moved our %n back to %t",
    "Release: %x %d.0, %A %n",
};

static const char *const sentence_patterns[] = {
    "I have been working on %N for about %d weeks now.",
    "It started as %N and then grew a %n of its own.",
    "The idea is simple: %v the %n first, ask questions later.",
    "With %t it took me %d minutes to find that the %n was to blame.",
    "Does anybody know how to %v %N without breaking the %n?",
    "I tried %t, but it is too %a for what I need.",
    "In the end %A %n did the job.",
    "The code is rather %a, so please be kind.",
    "There are %d tests so far, and all but one of them pass.",
    "My colleagues say that %t would be better here.",
    "As %p once said, every %n is somebody's %n.",
    "The documentation does not mention the %n at all.",
    "Measurements are below; the machine has %d cores.",
    "What surprised me most was how %a the code became.",
    "If you have ever had to %v %N, you know the feeling.",
    "Version %d will be able to %v whole directories.",
    "The problem only shows up when the %n is %a.",
    "I would do it differently today, probably with %t.",
    "Comments on the code are very welcome.",
    "For %T this seems to be the usual way, but the code looks wrong to me.",
    "So far nobody could explain why the %n has to %v.",
    "It runs on my old laptop since %y and never failed once.",
};

static const char *const adjectives[] = {
    "gentle",    "harmful",   "tiny",        "surprising", "boring",    "portable",
    "clever",    "fragile",   "elegant",     "lock-free",  "honest",    "complicated",
    "forgotten", "practical", "friendly",    "ridiculous", "beautiful", "strange",
    "minimal",   "robust",    "opinionated", "modern",     "brutal",    "lazy",
};
static const char *const verbs[] = {
    "parse",   "profile",  "cache", "visualise", "compress", "schedule",
    "stream",  "validate", "index", "debug",     "rewrite",  "draw",
    "measure", "simulate", "sort",  "tokenise",  "deploy",   "share",
};
static const char *const people[] = {
    "a compiler engineer",
    "my grandmother",
    "an astronomer",
    "the maintainer",
    "a teacher",
    "an old sysadmin",
    "my cat",
    "the new intern",
    "a typesetter",
    "our database administrator",
};
static const char *const foreign[] = {
    "Übersicht", "Señal",  "café",   "Škoda",    "naïve",  "Ποταμός", "Работа", "smörgås",
    "東京",      "λ-calc", "façade", "Ångström", "piñata", "crème",   "Łódź",
};

#define PICK(list) ((list)[prng_below(prng, sizeof(list) / sizeof((list)[0]))])

static void with_article(struct buf *out, const char *noun)
{
    buf_puts(out, strchr("aeiou", noun[0]) ? "an " : "a ");
    buf_puts(out, noun);
}

/* What a pattern is being filled with. */
struct filling {
    const struct topic *topic;
    uint32_t tool; /* the next one, so that "from A to B" names two */
};

static void add_slot(struct prng *prng, struct filling *filling, char slot, struct buf *out)
{
    const struct topic *topic = filling->topic;

    switch (slot) {
    case 'n':
        buf_puts(out, PICK(topic->nouns));
        break;
    case 'N':
        with_article(out, PICK(topic->nouns));
        break;
    case 't':
        buf_puts(out, topic->tools[filling->tool++ % 3]);
        break;
    case 'T':
        buf_puts(out, topic->name);
        break;
    case 'a':
        buf_puts(out, PICK(adjectives));
        break;
    case 'A':
        with_article(out, PICK(adjectives));
        break;
    case 'v':
        buf_puts(out, PICK(verbs));
        break;
    case 'p':
        buf_puts(out, PICK(people));
        break;
    case 'd':
        buf_int(out, 2 + prng_below(prng, 11));
        break;
    case 'y':
        buf_int(out, 1968 + prng_below(prng, 50));
        break;
    default:
        buf_puts(out, PICK(foreign));
    }
}

static void fill(struct prng *prng, size_t topic, const char *pattern, struct buf *out)
{
    struct filling filling = {&topics[topic], prng_below(prng, 3)};
    size_t start = out->len;

    for (const char *at = pattern; *at; at++) {
        if (*at == '%')
            add_slot(prng, &filling, *++at, out);
        else
            buf_byte(out, *at);
    }
    if (out->data[start] >= 'a' && out->data[start] <= 'z')
        out->data[start] = (char)(out->data[start] - 'a' + 'A');
}

const char *topic_name(size_t at)
{
    return topics[at].name;
}

void phrase_title(struct prng *prng, size_t topic, struct buf *out)
{
    fill(prng, topic, PICK(title_patterns), out);
}

void phrase_text(struct prng *prng, size_t topic, size_t len, struct buf *out)
{
    size_t start = out->len;
    unsigned sentences = 0;

    while (out->len - start < len) {
        if (sentences)
            buf_puts(out, sentences % 5 == 0 ? "\n\n" : " ");
        fill(prng, topic, PICK(sentence_patterns), out);
        sentences++;
    }
}
