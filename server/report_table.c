/* report_table.c: a report for people: a table, then what missed, turn by turn. */
#include <string.h>

#include "report.h"
#include "trace.h"

/* Where what was wanted and got begins. */
#define PART_INDENT 14

static double percent_of(size_t right, size_t of) {
    return of == 0 ? 100.0 : 100.0 * (double)right / (double)of;
}

static void print_row(const struct term *term, const char *name, size_t asked, size_t right) {
    char numbers[64];
    snprintf(numbers, sizeof numbers, "%7zu %7zu %8.1f %%", asked, right, percent_of(right, asked));
    fprintf(term->file, "  %-24s", name);
    term_text(term, right < asked ? TERM_YELLOW : TERM_PLAIN, numbers);
    fputc('\n', term->file);
}

static void print_table(const struct report *report, const struct term *term) {
    const struct report_kind *kind = report->kind;
    char head[64];
    snprintf(head, sizeof head, "  %-24s%7s %7s %10s\n", "expectation", "asked", "right",
             "per cent");
    term_text(term, TERM_BOLD, head);
    for (size_t key = 0; kind->keys[key] != NULL; key++) {
        if (report->asked[key] > 0) {
            print_row(term, kind->keys[key], report->asked[key],
                      report->asked[key] - report->missed[key]);
        }
    }
    snprintf(head, sizeof head, "\n  %s right in every respect\n", kind->items);
    term_text(term, TERM_BOLD, head);
    for (size_t group = 0; kind->groups[group] != NULL; group++) {
        size_t asked = 0;
        size_t right = 0;
        for (size_t i = 0; i < report->item_count; i++) {
            if (report->items[i].group == group) {
                asked++;
                right += !report->items[i].wrong;
            }
        }
        if (asked > 0) {
            print_row(term, kind->groups[group], asked, right);
        }
    }
    print_row(term, "all", report->item_count, report_right(report));
}

static void print_ids(const struct report *report, const struct term *term, const char *what,
                      const size_t *items, size_t count) {
    struct outbuf line = OUTBUF_INIT;
    outbuf_format(&line, "- newly %s: ", what);
    for (size_t i = 0; i < count; i++) {
        outbuf_text(&line, i == 0 ? "" : ", ");
        outbuf_text(&line, report->items[items[i]].id);
    }
    outbuf_text(&line, count == 0 ? "none" : "");
    if (!line.failed) {
        term_wrapped(term, line.data, 2);
    }
    outbuf_clear(&line);
}

static void print_change(const struct report *report, const struct term *term) {
    const struct report_change *change = &report->change;
    if (change->file == NULL) {
        return;
    }
    fprintf(term->file, "\n  against ");
    term_text(term, TERM_PLAIN, change->file);
    char numbers[96];
    snprintf(numbers, sizeof numbers, ": %.1f %% there, %.1f %% here, %+.1f\n", change->percent,
             report_percent(report), change->difference);
    term_text(term, change->difference < 0 ? TERM_RED : TERM_PLAIN, numbers);
    print_ids(report, term, "right", change->newly_right, change->newly_right_count);
    print_ids(report, term, "wrong", change->newly_wrong, change->newly_wrong_count);
    if (change->added > 0 || change->gone > 0) {
        fprintf(term->file, "  - %zu %s weren't there, %zu are no longer here\n", change->added,
                report->kind->items, change->gone);
    }
}

/* "vpn-03, turn 2: message" */
static void print_head(const struct report *report, const struct term *term, size_t item,
                       size_t part, const char *message) {
    char place[32] = ": ";
    if (report->kind->part != NULL) {
        snprintf(place, sizeof place, ", %s %zu: ", report->kind->part, part);
    }
    const char *id = report->items[item].id;
    fputc('\n', term->file);
    term_text(term, TERM_BOLD, id);
    fputs(place, term->file);
    term_hanging(term, message, strlen(id) + strlen(place), 4);
}

/* "what   text", hanging. */
static void print_part(const struct term *term, const char *what, const char *text) {
    char label[PART_INDENT + 1];
    snprintf(label, sizeof label, "    %-*s", PART_INDENT - 4, what);
    term_text(term, TERM_DIM, label);
    term_hanging(term, text, PART_INDENT, PART_INDENT);
}

/* What led there: once a turn, behind its misses. */
static void print_reply(const struct term *term, const struct report_shown *shown,
                        const esi_reply *reply) {
    struct outbuf rules = OUTBUF_INIT;
    for (size_t i = 0; i < reply->rule_count; i++) {
        outbuf_text(&rules, i == 0 ? "" : ", ");
        outbuf_text(&rules, reply->rules[i]);
    }
    outbuf_text(&rules, reply->rule_count == 0 ? "none" : "");
    if (!rules.failed) {
        print_part(term, "rules", rules.data);
    }
    outbuf_clear(&rules);
    if (shown->trace) {
        fputs("    trace\n", term->file);
        trace_print(term, reply, 6);
    }
    if (shown->answers) {
        fputs("    answer\n", term->file);
        term_wrapped(term, reply->answer, 6);
    }
}

static void print_misses(const struct report *report, const struct term *term,
                         const struct report_shown *shown) {
    for (size_t i = 0; i < report->miss_count; i++) {
        const struct report_miss *miss = &report->misses[i];
        const struct report_miss *before = i > 0 ? miss - 1 : NULL;
        const struct report_miss *after = i + 1 < report->miss_count ? miss + 1 : NULL;
        if (before == NULL || before->item != miss->item || before->part != miss->part) {
            print_head(report, term, miss->item, miss->part, miss->message);
        }
        fputs("    ", term->file);
        term_text(term, TERM_YELLOW, report->kind->keys[miss->key]);
        term_text(term, TERM_DIM, " (");
        term_text(term, TERM_DIM, miss->stage);
        term_text(term, TERM_DIM, ")\n");
        print_part(term, "  wanted", miss->wanted);
        print_part(term, "  got", miss->got);
        const bool last = after == NULL || after->item != miss->item || after->part != miss->part;
        if (last && miss->reply != NULL) {
            print_reply(term, shown, miss->reply);
        }
    }
}

static void print_splits(const struct report *report, const struct term *term) {
    for (size_t i = 0; i < report->split_count; i++) {
        const struct report_split *split = &report->splits[i];
        print_head(report, term, split->item, split->part, split->message);
        fputs("    ", term->file);
        term_text(term, TERM_RED, "two runs differ");
        fputs(" in ", term->file);
        term_text(term, TERM_PLAIN, split->what);
        fputc('\n', term->file);
        print_part(term, "  one", split->one);
        print_part(term, "  another", split->other);
    }
}

void report_print(const struct report *report, const struct term *term,
                  const struct report_shown *shown) {
    print_table(report, term);
    print_change(report, term);
    print_misses(report, term, shown);
    print_splits(report, term);
}
