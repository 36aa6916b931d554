#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "fail.h"
#include "wire_objects.h"

/* Raised when a reader of the JSON would have to change. */
#define REPORT_VERSION 1

static esi_err no_memory(esi_error *err) {
    return fail(err, ESI_ENOMEM, NULL, "out of memory");
}

/* ---- gathering ------------------------------------------------------------------------------- */

esi_err report_init(struct report *report, const struct report_kind *kind, size_t count,
                    esi_error *err) {
    struct report_item *items = calloc(count + 1, sizeof *items);
    if (items == NULL) {
        return no_memory(err);
    }
    *report = (struct report){.kind = kind, .items = items, .item_count = count, .repeat = 1};
    return ESI_OK;
}

void report_clear(struct report *report) {
    for (size_t i = 0; i < report->miss_count; i++) {
        free(report->misses[i].wanted);
        free(report->misses[i].got);
    }
    for (size_t i = 0; i < report->split_count; i++) {
        free(report->splits[i].one);
        free(report->splits[i].other);
    }
    free(report->misses);
    free(report->splits);
    free(report->change.newly_right);
    free(report->change.newly_wrong);
    free(report->items);
    *report = (struct report){0};
}

static bool room_for_one(void **items, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) {
        return true;
    }
    const size_t more = *capacity == 0 ? 32 : *capacity * 2;
    void *grown = more > SIZE_MAX / size ? NULL : realloc(*items, more * size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *capacity = more;
    return true;
}

esi_err report_add_miss(struct report *report, const struct report_miss *miss, const char *wanted,
                        const char *got, esi_error *err) {
    struct report_miss copy = *miss;
    copy.wanted = strdup(wanted);
    copy.got = strdup(got);
    if (copy.wanted == NULL || copy.got == NULL ||
        !room_for_one((void **)&report->misses, report->miss_count, &report->miss_capacity,
                      sizeof copy)) {
        free(copy.wanted);
        free(copy.got);
        return no_memory(err);
    }
    report->misses[report->miss_count++] = copy;
    report->missed[miss->key]++;
    report->items[miss->item].wrong = true;
    return ESI_OK;
}

esi_err report_add_split(struct report *report, const struct report_split *split, const char *one,
                         const char *other, esi_error *err) {
    struct report_split copy = *split;
    copy.one = strdup(one);
    copy.other = strdup(other);
    if (copy.one == NULL || copy.other == NULL ||
        !room_for_one((void **)&report->splits, report->split_count, &report->split_capacity,
                      sizeof copy)) {
        free(copy.one);
        free(copy.other);
        return no_memory(err);
    }
    report->splits[report->split_count++] = copy;
    report->items[split->item].wrong = true;
    return ESI_OK;
}

size_t report_right(const struct report *report) {
    size_t right = 0;
    for (size_t i = 0; i < report->item_count; i++) {
        right += !report->items[i].wrong;
    }
    return right;
}

static double percent_of(size_t right, size_t of) {
    return of == 0 ? 100.0 : 100.0 * (double)right / (double)of;
}

double report_percent(const struct report *report) {
    return percent_of(report_right(report), report->item_count);
}

bool report_passes(const struct report *report, double fail_under) {
    if (report->split_count > 0) {
        return false;
    }
    if (fail_under >= 0.0) {
        return report_percent(report) >= fail_under;
    }
    return report->change.file != NULL ? report->change.difference >= 0.0
                                       : report_right(report) == report->item_count;
}

/* ---- against an earlier one ------------------------------------------------------------------ */

struct earlier {
    const char *id; /* the body's */
    bool right;
};

struct baseline {
    const char *file;
    struct body *body;
    struct earlier *items; /* by id */
    size_t count;
};

static int by_id(const void *a, const void *b) {
    return strcmp(((const struct earlier *)a)->id, ((const struct earlier *)b)->id);
}

static esi_err read_result(const struct body_value *value, struct earlier *out, esi_error *err) {
    const bool object = body_kind(value) == BODY_OBJECT;
    const struct body_value *id = object ? body_member(value, "id") : NULL;
    const struct body_value *right = object ? body_member(value, "right") : NULL;
    if (id == NULL || body_string(id) == NULL || right == NULL || body_kind(right) != BODY_BOOL) {
        return fail(err, ESI_EINVAL, NULL, "a result has no id, or doesn't say if it was right");
    }
    *out = (struct earlier){body_string(id), body_is_true(right)};
    return ESI_OK;
}

static esi_err read_results(const struct report_kind *kind, struct baseline *baseline,
                            esi_error *err) {
    const struct body_value *suite = body_member(body_root(baseline->body), "suite");
    const struct body_value *results = body_member(body_root(baseline->body), "results");
    const char *name = suite == NULL ? NULL : body_string(suite);
    if (name == NULL || results == NULL || body_kind(results) != BODY_LIST) {
        return fail(err, ESI_EINVAL, NULL, "it isn't what 'eval %s --json' prints", kind->suite);
    }
    if (strcmp(name, kind->suite) != 0) {
        return fail(err, ESI_EINVAL, NULL, "it is of 'eval %.20s', not of 'eval %s'", name,
                    kind->suite);
    }
    const size_t count = body_count(results);
    if (count > BASELINE_RESULTS_MAX) {
        return fail(err, ESI_ETOOBIG, NULL, "it has %zu results; %d are allowed", count,
                    BASELINE_RESULTS_MAX);
    }
    baseline->items = calloc(count + 1, sizeof *baseline->items);
    if (baseline->items == NULL) {
        return no_memory(err);
    }
    for (const struct body_value *v = body_first(results); v != NULL; v = body_next(v)) {
        const esi_err code = read_result(v, &baseline->items[baseline->count++], err);
        if (code != ESI_OK) {
            return code;
        }
    }
    qsort(baseline->items, baseline->count, sizeof *baseline->items, by_id);
    return ESI_OK;
}

esi_err baseline_read(const struct report_kind *kind, const char *file, const char *text,
                      size_t size, struct baseline **out, esi_error *err) {
    esi_error why = {0};
    struct baseline *baseline = calloc(1, sizeof *baseline);
    esi_err code = baseline == NULL ? no_memory(&why) : ESI_OK;
    if (code == ESI_OK) {
        baseline->file = file;
        code = body_parse(text, size, &baseline->body, &why);
    }
    if (code == ESI_OK) {
        code = read_results(kind, baseline, &why);
    }
    if (code != ESI_OK) {
        baseline_free(baseline);
        return fail(err, code, NULL, "%s: %s", file, why.message);
    }
    *out = baseline;
    return ESI_OK;
}

void baseline_free(struct baseline *baseline) {
    if (baseline != NULL) {
        free(baseline->items);
        body_free(baseline->body);
        free(baseline);
    }
}

static void count_changes(const struct report *report, const struct baseline *baseline,
                          struct report_change *change) {
    change->added = report->item_count;
    change->gone = baseline->count;
    for (size_t i = 0; i < report->item_count; i++) {
        const struct earlier wanted = {report->items[i].id, false};
        const struct earlier *was =
            bsearch(&wanted, baseline->items, baseline->count, sizeof wanted, by_id);
        if (was == NULL) {
            continue;
        }
        change->added--;
        change->gone--;
        if (was->right && report->items[i].wrong) {
            change->newly_wrong[change->newly_wrong_count++] = i;
        } else if (!was->right && !report->items[i].wrong) {
            change->newly_right[change->newly_right_count++] = i;
        }
    }
}

esi_err report_compare(struct report *report, const struct baseline *baseline, esi_error *err) {
    struct report_change change = {.file = baseline->file};
    change.newly_right = calloc(report->item_count + 1, sizeof(size_t));
    change.newly_wrong = calloc(report->item_count + 1, sizeof(size_t));
    if (change.newly_right == NULL || change.newly_wrong == NULL) {
        free(change.newly_right);
        free(change.newly_wrong);
        return no_memory(err);
    }
    size_t right = 0;
    for (size_t i = 0; i < baseline->count; i++) {
        right += baseline->items[i].right;
    }
    count_changes(report, baseline, &change);
    change.percent = percent_of(right, baseline->count);
    change.difference = report_percent(report) - change.percent;
    report->change = change;
    return ESI_OK;
}

/* ---- as JSON --------------------------------------------------------------------------------- */

static void write_counts(struct wire *wire, const char *key, size_t asked, size_t right) {
    wire_object(wire, key);
    wire_int(wire, "asked", (int64_t)asked);
    wire_int(wire, "right", (int64_t)right);
    wire_real(wire, "percent", percent_of(right, asked));
    wire_object_end(wire);
}

static void write_groups(const struct report *report, struct wire *wire) {
    wire_object(wire, "groups");
    for (size_t group = 0; report->kind->groups[group] != NULL; group++) {
        size_t asked = 0;
        size_t right = 0;
        for (size_t i = 0; i < report->item_count; i++) {
            if (report->items[i].group == group) {
                asked++;
                right += !report->items[i].wrong;
            }
        }
        write_counts(wire, report->kind->group_names[group], asked, right);
    }
    wire_object_end(wire);
}

static void write_totals(const struct report *report, struct wire *wire) {
    const size_t right = report_right(report);
    wire_text(wire, "suite", report->kind->suite);
    wire_int(wire, "version", REPORT_VERSION);
    wire_int(wire, "asked", (int64_t)report->item_count);
    wire_int(wire, "right", (int64_t)right);
    wire_real(wire, "percent", percent_of(right, report->item_count));
    wire_int(wire, "repeat", (int64_t)report->repeat);
    write_groups(report, wire);
    wire_object(wire, "keys");
    for (size_t key = 0; report->kind->keys[key] != NULL; key++) {
        if (report->asked[key] > 0) {
            write_counts(wire, report->kind->keys[key], report->asked[key],
                         report->asked[key] - report->missed[key]);
        }
    }
    wire_object_end(wire);
    wire_array(wire, "results");
    for (size_t i = 0; i < report->item_count; i++) {
        wire_object(wire, NULL);
        wire_text(wire, "id", report->items[i].id);
        wire_bool(wire, "right", !report->items[i].wrong);
        wire_object_end(wire);
    }
    wire_array_end(wire);
}

static void write_part(const struct report *report, size_t part, struct wire *wire) {
    if (report->kind->part != NULL) {
        wire_int(wire, report->kind->part, (int64_t)part);
    }
}

static void write_miss(const struct report *report, const struct report_miss *miss,
                       struct wire *wire) {
    const esi_reply *reply = miss->reply;
    wire_object(wire, NULL);
    wire_text(wire, "id", report->items[miss->item].id);
    write_part(report, miss->part, wire);
    wire_text(wire, "message", miss->message);
    wire_text(wire, "key", report->kind->keys[miss->key]);
    wire_text(wire, "wanted", miss->wanted);
    wire_text(wire, "got", miss->got);
    wire_text(wire, "stage", miss->stage);
    if (reply != NULL) {
        wire_texts(wire, "rules", reply->rules, reply->rule_count);
        wire_text(wire, "answer", reply->answer);
        wire_trace(wire, "trace", reply);
    }
    wire_object_end(wire);
}

static void write_ids(const struct report *report, const char *key, const size_t *items,
                      size_t count, struct wire *wire) {
    wire_array(wire, key);
    for (size_t i = 0; i < count; i++) {
        wire_text(wire, NULL, report->items[items[i]].id);
    }
    wire_array_end(wire);
}

static void write_change(const struct report *report, struct wire *wire) {
    const struct report_change *change = &report->change;
    if (change->file == NULL) {
        wire_null(wire, "baseline");
        return;
    }
    wire_object(wire, "baseline");
    wire_text(wire, "file", change->file);
    wire_real(wire, "percent", change->percent);
    wire_real(wire, "difference", change->difference);
    write_ids(report, "newlyRight", change->newly_right, change->newly_right_count, wire);
    write_ids(report, "newlyWrong", change->newly_wrong, change->newly_wrong_count, wire);
    wire_int(wire, "added", (int64_t)change->added);
    wire_int(wire, "gone", (int64_t)change->gone);
    wire_object_end(wire);
}

void report_write_json(const struct report *report, struct wire *wire) {
    wire_object(wire, NULL);
    write_totals(report, wire);
    wire_array(wire, "misses");
    for (size_t i = 0; i < report->miss_count; i++) {
        write_miss(report, &report->misses[i], wire);
    }
    wire_array_end(wire);
    wire_array(wire, "disagreements");
    for (size_t i = 0; i < report->split_count; i++) {
        const struct report_split *split = &report->splits[i];
        wire_object(wire, NULL);
        wire_text(wire, "id", report->items[split->item].id);
        write_part(report, split->part, wire);
        wire_text(wire, "message", split->message);
        wire_text(wire, "key", split->what);
        wire_text(wire, "one", split->one);
        wire_text(wire, "other", split->other);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    write_change(report, wire);
    wire_object_end(wire);
}
