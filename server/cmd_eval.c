/* cmd_eval.c: is what the desk does what a site expects of it? */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "eval_chat.h"
#include "fail.h"

/* ---- what is evaluated, and on what ---------------------------------------------------------- */

static esi_err read_scenarios(const struct settings *settings, struct scenario_set *set,
                              esi_error *err) {
    esi_err code = ESI_OK;
    for (size_t i = 0; code == ESI_OK && i < settings->arg_count; i++) {
        struct outbuf text = OUTBUF_INIT;
        code = read_file(settings->args[i], SCENARIO_FILE_MAX_BYTES, &text, err);
        if (code == ESI_OK) {
            code = scenario_set_add(set, settings->args[i], text.size > 0 ? text.data : "",
                                    text.size, err);
        }
        outbuf_clear(&text);
    }
    if (code == ESI_OK && set->count == 0) {
        code = fail(err, ESI_EINVAL, NULL, "%.200s holds no scenario", settings->args[0]);
    }
    if (code == ESI_OK && settings->only != NULL) {
        code = scenario_set_choose(set, settings->only, err);
    }
    return code;
}

/* The documents come into memory: nothing of an evaluation is left behind, in no file, and no
 * commit waits for a disk. */
static esi_err open_scratch(const struct settings *settings, esi_desk **out, esi_error *err) {
    struct settings own = *settings;
    own.verbose = false; /* that shows answers here */
    own.desk.scratch = settings->kb == NULL;
    own.desk.store = settings->kb == NULL ? settings->desk.store : ":memory:";
    if (settings->kb != NULL && own.desk.embedding_provider == NULL) {
        own.desk.embedding_provider = "offline"; /* their vectors wouldn't outlast this */
    }
    esi_desk *desk = NULL;
    esi_kb_report *report = NULL;
    esi_err code = open_desk(&own, &desk, err);
    if (code == ESI_OK && settings->kb != NULL) {
        esi_kb_source source = ESI_KB_SOURCE_INIT;
        source.path = settings->kb;
        code = esi_kb_ingest(desk, &source, &report, err);
    }
    if (report != NULL && report->refused > 0) {
        fprintf(stderr, "esihelp: %zu of the documents %s refused; 'esihelp kb check' says why\n",
                report->refused, report->refused == 1 ? "was" : "were");
    }
    esi_kb_report_free(report);
    if (code != ESI_OK) {
        esi_desk_close(desk);
        return code;
    }
    *out = desk;
    return ESI_OK;
}

/* ---- the outcome ----------------------------------------------------------------------------- */

/* "95", "92.5"; whatever the locale. */
static bool parse_percent(const char *text, double *out) {
    double value = 0.0;
    double unit = 1.0;
    bool fraction = false;
    const char *at = text;
    for (; (*at >= '0' && *at <= '9') || (*at == '.' && !fraction); at++) {
        if (*at == '.') {
            fraction = true;
        } else {
            unit = fraction ? unit / 10.0 : 1.0;
            value = fraction ? value + unit * (*at - '0') : value * 10.0 + (*at - '0');
        }
    }
    *out = value;
    return *at == '\0' && *text >= '0' && *text <= '9' && value <= 100.0;
}

/* Before anything is asked, so that a file that can't be read costs nobody the time. */
static esi_err read_baseline(const char *path, struct baseline **out, esi_error *err) {
    struct outbuf text = OUTBUF_INIT;
    if (path == NULL) {
        return ESI_OK;
    }
    esi_err code = read_file(path, BASELINE_MAX_BYTES, &text, err);
    if (code == ESI_OK) {
        code = baseline_read(&eval_chat_kind, path, text.size > 0 ? text.data : "", text.size, out,
                             err);
    }
    outbuf_clear(&text);
    return code;
}

static esi_err show(const struct settings *settings, const struct report *report, esi_error *err) {
    if (!settings->json) {
        const struct term term = term_of(stdout);
        const struct report_shown shown = {.trace = settings->explain,
                                           .answers = settings->verbose};
        report_print(report, &term, &shown);
        return ESI_OK;
    }
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    report_write_json(report, &wire);
    const esi_err code = print_json(&out, err);
    outbuf_clear(&out);
    return code;
}

/* ---- the command ----------------------------------------------------------------------------- */

static size_t processors(void) {
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (size_t)count : 1;
}

static esi_err run(const struct settings *settings, const struct scenario_set *set, esi_desk *desk,
                   struct eval_chat_result **out, esi_error *err) {
    const struct term progress = term_of(stderr);
    const struct eval_chat_plan plan = {.desk = desk,
                                        .set = set,
                                        .repeat = (size_t)settings->repeat,
                                        .threads = settings->threads > 0 ? (size_t)settings->threads
                                                                         : processors(),
                                        .shuffled = settings->shuffle >= 0,
                                        .seed = (uint64_t)settings->shuffle,
                                        .progress = &progress};
    return eval_chat_run(&plan, out, err);
}

/* Everything that an evaluation makes on its way. */
struct evaluation {
    struct scenario_set set;
    struct baseline *baseline;
    esi_desk *desk;
    struct eval_chat_result *results;
    struct report report;
};

static esi_err evaluate(const struct settings *settings, struct evaluation *e, esi_error *err) {
    esi_err code = read_scenarios(settings, &e->set, err);
    if (code == ESI_OK) {
        code = read_baseline(settings->baseline, &e->baseline, err);
    }
    if (code == ESI_OK) {
        code = open_scratch(settings, &e->desk, err);
    }
    if (code == ESI_OK) {
        code = run(settings, &e->set, e->desk, &e->results, err);
    }
    if (code == ESI_OK) {
        code = eval_chat_judge(&e->set, e->results, &e->report, err);
    }
    if (code == ESI_OK) {
        e->report.repeat = (size_t)settings->repeat;
        code = e->baseline == NULL ? ESI_OK : report_compare(&e->report, e->baseline, err);
    }
    return code == ESI_OK ? show(settings, &e->report, err) : code;
}

int cmd_eval_chat(struct settings *settings) {
    struct evaluation e = {0};
    esi_error err = {0};
    double least = -1.0;
    if (settings->fail_under != NULL && !parse_percent(settings->fail_under, &least)) {
        return misuse("--fail-under is not a number from 0 to 100");
    }
    const esi_err code = evaluate(settings, &e, &err);
    int outcome;
    if (code != ESI_OK) {
        outcome = complain(&err);
    } else {
        outcome = report_passes(&e.report, least) ? EXIT_DONE : EXIT_MISSED;
    }
    report_clear(&e.report);
    baseline_free(e.baseline);
    eval_chat_free(e.results, e.set.count);
    esi_desk_close(e.desk);
    scenario_set_clear(&e.set);
    return outcome;
}
