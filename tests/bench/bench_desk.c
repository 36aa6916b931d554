/* bench_desk.c: whole offline turns, and ingest, through the public API. CPU time is that of the
 * calling thread; the store's fsync waits don't count, its work does. */
#include <string.h>
#include <unistd.h>

#include <esihelp/esihelp.h>

#include "bench.h"

#define SECTIONS_OF_A_DOCUMENT 10

static const char *const things[] = {"router", "console", "scoreboard", "badge",   "projector",
                                     "switch", "printer", "headset",    "sandbox", "workbench"};
static const char *const faults[] = {
    "does not start", "shows a blank screen", "loses its settings", "drops the line",
    "asks for a key", "is very slow",         "stays offline",      "reports a wrong clock",
    "makes a noise",  "refuses a file"};
static const char *const parts[] = {"lever", "cable", "fuse", "cover", "valve", "socket", "filter"};

struct desk_bench {
    esi_desk *desk;
    int document;
    int question;
};

static void ingest_one(void *context, size_t i) {
    (void)i;
    struct desk_bench *b = context;
    static char text[16384];
    const int d = b->document++;
    size_t n = (size_t)snprintf(text, sizeof(text),
                                "---\nid: doc-%d\ntitle: Unit %d\nversion: \"1.0\"\nlast_updated: "
                                "2026-01-0%d\n---\n# Unit %d\n",
                                d, d, 1 + d % 9, d);
    for (int s = 0; s < SECTIONS_OF_A_DOCUMENT; s++) {
        n += (size_t)snprintf(
            text + n, sizeof(text) - n,
            "\n## The %s of hall %d %s\n\nThis is seen after the weekly service of unit %d.\n\n1. "
            "Turn "
            "the %s of part %d to the left.\n2. Wait %d seconds for the %s.\n3. Press the button "
            "marked R%d.\n\nEscalate to Tier 2 if it persists after two attempts.\n",
            things[(d + s) % 10], d, faults[(d / 10 + s) % 10], d, parts[s % 7], d * 10 + s, 5 + s,
            things[(d + s) % 10], d * 10 + s);
    }
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    char name[32];
    snprintf(name, sizeof(name), "doc-%d.md", d);
    source.name = name;
    source.text = text;
    esi_kb_report *report = NULL;
    bench_need(esi_kb_ingest(b->desk, &source, &report, NULL) == ESI_OK, "ingest");
    esi_kb_report_free(report);
}

static void ask_one(void *context, size_t i) {
    (void)i;
    struct desk_bench *b = context;
    char message[128];
    const int q = b->question++;
    snprintf(message, sizeof(message), "The %s of hall %d %s, please help", things[q % 10],
             q * 7 % b->document, faults[(q / 10) % 10]);
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = message;
    esi_reply *reply = NULL;
    bench_need(esi_chat_ask(b->desk, &request, &reply, NULL) == ESI_OK, "ask");
    esi_reply_free(reply);
}

static void check_one(void *context, size_t i) {
    (void)i;
    struct desk_bench *b = context;
    static const char text[] =
        "Good morning, since the update this morning my lab machine keeps losing the network every "
        "few minutes, I already restarted it twice and tried another browser. The scoring page "
        "says "
        "that the flag was not accepted although the exploit worked on the target. Could you "
        "please "
        "tell me what I should try next? Thank you!";
    esi_guardrail_request request = ESI_GUARDRAIL_REQUEST_INIT;
    request.text = text;
    esi_verdict *verdict = NULL;
    bench_need(esi_guardrail_check(b->desk, &request, &verdict, NULL) == ESI_OK, "check");
    esi_verdict_free(verdict);
}

/* Ingests through a folder, so that the snapshot is renewed once and not with each document. */
static void fill(struct desk_bench *b, const char *folder, int documents) {
    char command[256];
    for (int i = 0; i < documents; i++) {
        static char text[16384];
        const int d = b->document++;
        size_t n = (size_t)snprintf(text, sizeof(text), "# Unit %d\n", d);
        for (int s = 0; s < SECTIONS_OF_A_DOCUMENT; s++) {
            n += (size_t)snprintf(
                text + n, sizeof(text) - n,
                "\n## The %s of hall %d %s\n\nThis is seen after the weekly service "
                "of unit %d.\n\n1. Turn the %s of part %d to the left.\n2. Wait %d "
                "seconds.\n\nEscalate to Tier 2 if it persists after two attempts.\n",
                things[(d + s) % 10], d, faults[(d / 10 + s) % 10], d, parts[s % 7], d * 10 + s,
                5 + s);
        }
        snprintf(command, sizeof(command), "%s/doc-%d.md", folder, d);
        FILE *f = fopen(command, "w");
        bench_need(f && fwrite(text, 1, n, f) == n && fclose(f) == 0, "writing a document");
    }
    const int64_t written = clock_cpu_ns();
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = folder;
    esi_kb_report *report = NULL;
    bench_need(esi_kb_ingest(b->desk, &source, &report, NULL) == ESI_OK, "ingest of a folder");
    esi_kb_report_free(report);
    const double ns = (double)(clock_cpu_ns() - written) / documents;
    char what[96];
    snprintf(what, sizeof(what), "ingest, each of %d documents of %d sections", documents,
             SECTIONS_OF_A_DOCUMENT);
    bench_print(what, ns);
    printf("  %-58s %10.0f /s of CPU\n", "  that is", 1e9 / ns);
}

static esi_desk *open_desk(const char *store) {
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = store;
    options.provider = "offline";
    bench_need(esi_desk_open(&options, &desk, NULL) == ESI_OK, "open");
    return desk;
}

static void run_size(int documents, const char *what, const char *aim) {
    char folder[] = "/tmp/esihelp-bench-XXXXXX";
    char store[64];
    char command[128];
    bench_need(mkdtemp(folder) != NULL, "a folder");
    snprintf(store, sizeof(store), "%s/desk.db", folder);
    struct desk_bench b = {.desk = open_desk(store)};
    fill(&b, folder, documents);
    ask_one(&b, 0);
    bench_print(what, bench_ns(ask_one, &b, 200));
    printf("    %s\n", aim);
    if (documents == 2) {
        bench_print("guardrail check, 320 characters, default policy, all of it",
                    bench_ns(check_one, &b, 2000));
        bench_print("ingest of one document from memory, index renewed",
                    bench_ns(ingest_one, &b, 20));
    }
    esi_desk_close(b.desk);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    bench_need(system(command) == 0, "clean-up");
}

int main(void) {
    printf("whole turns (CPU time of the calling thread)\n");
    run_size(2, "esi_chat_ask offline, 20 sections", "aim: under 1 ms");
    run_size(30, "esi_chat_ask offline, 300 sections", "aim: under 2 ms");
    run_size(2000, "esi_chat_ask offline, 20,000 sections", "aim: under 4 ms");
    return 0;
}
