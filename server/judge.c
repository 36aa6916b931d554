/* judge.c: holds replies against expectations, and against each other. */
#include <string.h>
#include <strings.h>

#include "expect.h"
#include "fail.h"
#include "fold.h"

/* A line of an answer, or the answer, as a miss shows it. */
#define SHOWN_MAX_BYTES 240

/* ---- what a reply says ----------------------------------------------------------------------- */

static size_t get_blocked(const esi_reply *r) {
    return r->guardrail != NULL && r->guardrail->blocked;
}

static size_t get_act(const esi_reply *r) {
    return (size_t)r->act;
}

static size_t get_coverage(const esi_reply *r) {
    return (size_t)r->coverage - 1;
}

static size_t get_tier(const esi_reply *r) {
    return (size_t)r->tier;
}

static size_t get_severity(const esi_reply *r) {
    return (size_t)r->severity;
}

static size_t get_escalation(const esi_reply *r) {
    return r->needs_escalation;
}

static size_t get_ticket(const esi_reply *r) {
    return r->ticket_id != NULL;
}

static size_t get_asks(const esi_reply *r) {
    return r->question_count > 0;
}

/* The value of a key; NULL: it is held against texts. */
static size_t (*const VALUES[EXPECT_KEYS])(const esi_reply *reply) = {
    [EXPECT_BLOCKED] = get_blocked,   [EXPECT_ACT] = get_act,
    [EXPECT_COVERAGE] = get_coverage, [EXPECT_TIER] = get_tier,
    [EXPECT_SEVERITY] = get_severity, [EXPECT_ESCALATION] = get_escalation,
    [EXPECT_TICKET] = get_ticket,     [EXPECT_ASKS] = get_asks,
};

/* ---- judging --------------------------------------------------------------------------------- */

/* What judging one reply needs. */
struct judging {
    const struct expect *expect;
    const esi_reply *reply;
    struct outbuf folded; /* the text that is searched */
    struct outbuf line, line_folded;
    struct outbuf room;
    struct outbuf wanted;
    struct outbuf got;
    expect_miss_fn on_miss;
    void *context;
};

/* A failure stays: it is looked for once, at the end. */
static void empty(struct outbuf *out) {
    if (!out->failed) {
        outbuf_reset(out);
    }
}

static void tell(struct judging *j, enum expect_key key) {
    if (!j->wanted.failed && !j->got.failed) {
        j->on_miss(j->context, key, j->wanted.data, j->got.data);
    }
}

/* "a, b or c", of which `next` gives one after the other. */
static void add_one_of(struct outbuf *out, const char *text, size_t at, size_t count) {
    outbuf_text(out, at == 0 ? "" : at + 1 == count ? " or " : ", ");
    outbuf_text(out, text);
}

static void write_values(enum expect_key key, uint32_t values, struct outbuf *out) {
    size_t count = 0;
    size_t at = 0;
    for (uint32_t rest = values; rest != 0; rest &= rest - 1) {
        count++;
    }
    empty(out);
    for (size_t value = 0; value < 32; value++) {
        if ((values >> value & 1) != 0) {
            add_one_of(out, expect_value_name(key, value), at++, count);
        }
    }
}

/* An item's alternatives as a person would write them. */
static void write_item(const char *item, struct outbuf *out) {
    empty(out);
    for (const char *at = item;; at++) {
        const size_t size = strcspn(at, "|");
        outbuf_text(out, at == item ? "\"" : " or \"");
        outbuf_add(out, at, size);
        outbuf_char(out, '"');
        at += size;
        if (*at == '\0') {
            return;
        }
    }
}

/* As much of a text as a miss shows, on one line. */
static void write_shown(const char *text, size_t size, struct outbuf *out) {
    const size_t most = size > SHOWN_MAX_BYTES ? SHOWN_MAX_BYTES : size;
    for (size_t at = 0; at < most; at++) {
        outbuf_char(out, strchr("\r\n\t", text[at]) != NULL ? ' ' : text[at]);
    }
    while (most < size && out->size > 0 && (out->data[out->size - 1] & 0xC0) == 0x80) {
        out->data[--out->size] = '\0'; /* half a character */
    }
    if (most < size) {
        if (out->size > 0 && (unsigned char)out->data[out->size - 1] >= 0xC0) {
            out->data[--out->size] = '\0';
        }
        outbuf_text(out, "...");
    }
}

static void write_references(const esi_reply *r, struct outbuf *out) {
    empty(out);
    for (size_t i = 0; i < r->reference_count; i++) {
        outbuf_text(out, i == 0 ? "" : ", ");
        outbuf_text(out, r->references[i]->id);
    }
    outbuf_text(out, r->reference_count == 0 ? "nothing" : "");
}

static void write_questions(const esi_reply *r, struct outbuf *out) {
    empty(out);
    for (size_t i = 0; i < r->question_count; i++) {
        outbuf_text(out, i == 0 ? "" : " / ");
        write_shown(r->questions[i], strlen(r->questions[i]), out);
    }
    outbuf_text(out, r->question_count == 0 ? "no question" : "");
}

/* The line of the answer that says it, so that the miss shows where. */
static void write_line_with(struct judging *j, const char *item) {
    empty(&j->got);
    for (const char *line = j->reply->answer; *line != '\0';) {
        const size_t size = strcspn(line, "\n");
        empty(&j->line);
        outbuf_add(&j->line, line, size);
        if (j->line.failed) {
            return;
        }
        fold_text(j->line.data, &j->line_folded);
        if (!j->line_folded.failed && fold_has(&j->line_folded, item, &j->room)) {
            write_shown(line, size, &j->got);
            return;
        }
        line += size + (line[size] == '\n');
    }
    write_shown(j->reply->answer, strlen(j->reply->answer), &j->got); /* it spans lines */
}

static void judge_value(struct judging *j, enum expect_key key) {
    const uint32_t values = j->expect->of[key].values;
    const size_t got = VALUES[key](j->reply);
    if (values == 0 || (got < 32 && (values >> got & 1) != 0)) {
        return;
    }
    const char *name = expect_value_name(key, got);
    write_values(key, values, &j->wanted);
    empty(&j->got);
    outbuf_text(&j->got, *name == '\0' ? "nothing" : name);
    tell(j, key);
}

/* Any of the texts will do. */
static void judge_category(struct judging *j) {
    const struct expectation *wanted = &j->expect->of[EXPECT_CATEGORY];
    const esi_verdict *verdict = j->reply->guardrail;
    const char *got = verdict == NULL ? NULL : verdict->category;
    empty(&j->wanted);
    for (size_t i = 0; i < wanted->count; i++) {
        if (got != NULL && strcasecmp(got, wanted->items[i]) == 0) {
            return;
        }
        add_one_of(&j->wanted, wanted->items[i], i, wanted->count);
    }
    empty(&j->got);
    outbuf_text(&j->got, got == NULL ? "nothing" : got);
    if (wanted->count > 0) {
        tell(j, EXPECT_CATEGORY);
    }
}

static bool is_id(const char *id, const char *item) {
    for (const char *at = item;; at++) {
        const size_t size = strcspn(at, "|");
        if (strlen(id) == size && strncasecmp(id, at, size) == 0) {
            return true;
        }
        at += size;
        if (*at == '\0') {
            return false;
        }
    }
}

static void judge_cites(struct judging *j, enum expect_key key) {
    const struct expectation *wanted = &j->expect->of[key];
    for (size_t i = 0; i < wanted->count; i++) {
        bool cited = false;
        for (size_t k = 0; k < j->reply->reference_count; k++) {
            cited = cited || is_id(j->reply->references[k]->id, wanted->items[i]);
        }
        if (cited != (key == EXPECT_CITES)) {
            write_item(wanted->items[i], &j->wanted);
            write_references(j->reply, &j->got);
            tell(j, key);
        }
    }
}

static void judge_says(struct judging *j, enum expect_key key) {
    const struct expectation *wanted = &j->expect->of[key];
    if (wanted->count == 0) {
        return;
    }
    fold_text(j->reply->answer, &j->folded);
    for (size_t i = 0; i < wanted->count && !j->folded.failed; i++) {
        const bool said = fold_has(&j->folded, wanted->items[i], &j->room);
        if (said == (key == EXPECT_SAYS)) {
            continue;
        }
        write_item(wanted->items[i], &j->wanted);
        if (said) {
            write_line_with(j, wanted->items[i]);
        } else {
            empty(&j->got);
            write_shown(j->reply->answer, strlen(j->reply->answer), &j->got);
        }
        tell(j, key);
    }
}

static void judge_asks(struct judging *j, enum expect_key key) {
    const struct expectation *wanted = &j->expect->of[key];
    for (size_t i = 0; i < wanted->count; i++) {
        bool asked = false;
        for (size_t k = 0; k < j->reply->question_count && !asked; k++) {
            fold_text(j->reply->questions[k], &j->folded);
            asked = !j->folded.failed && fold_has(&j->folded, wanted->items[i], &j->room);
        }
        if (asked != (key == EXPECT_ASKS)) {
            write_item(wanted->items[i], &j->wanted);
            write_questions(j->reply, &j->got);
            tell(j, key);
        }
    }
}

esi_err expect_judge(const struct expect *expect, const esi_reply *reply, expect_miss_fn on_miss,
                     void *context, esi_error *err) {
    struct judging j = {.expect = expect, .reply = reply, .on_miss = on_miss, .context = context};
    for (size_t key = 0; key < EXPECT_KEYS; key++) {
        if (VALUES[key] != NULL) {
            judge_value(&j, (enum expect_key)key);
        }
    }
    judge_category(&j);
    judge_cites(&j, EXPECT_CITES);
    judge_cites(&j, EXPECT_NOT_CITES);
    judge_says(&j, EXPECT_SAYS);
    judge_says(&j, EXPECT_NOT_SAYS);
    judge_asks(&j, EXPECT_ASKS);
    judge_asks(&j, EXPECT_NOT_ASKS);
    struct outbuf *const all[] = {&j.folded, &j.line, &j.line_folded, &j.room, &j.wanted, &j.got};
    bool failed = false;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        failed = failed || all[i]->failed;
        outbuf_clear(all[i]);
    }
    return failed ? fail(err, ESI_ENOMEM, NULL, "out of memory") : ESI_OK;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void write_lines(const char *const *items, size_t count, struct outbuf *out) {
    for (size_t i = 0; i < count; i++) {
        outbuf_text(out, i == 0 ? "" : ", ");
        outbuf_text(out, items[i]);
    }
}

static const char *or_none(const char *text) {
    return text == NULL ? "none" : text;
}

/* What a reply says under one of the names by which two are compared. */
static void write_part(const esi_reply *r, size_t part, struct outbuf *out) {
    outbuf_reset(out);
    outbuf_text(out, "");
    switch (part) {
    case EXPECT_CATEGORY:
        outbuf_text(out, or_none(r->guardrail == NULL ? NULL : r->guardrail->category));
        outbuf_text(out, ", ");
        outbuf_text(out, or_none(r->category));
        break;
    case EXPECT_CITES:
        for (size_t i = 0; i < r->reference_count; i++) {
            outbuf_format(out, "%s%s#%s %.9g", i == 0 ? "" : ", ", r->references[i]->id,
                          r->references[i]->section, r->references[i]->score);
        }
        break;
    case EXPECT_ASKS:
        write_lines(r->questions, r->question_count, out);
        break;
    case EXPECT_SAYS:
        outbuf_text(out, r->answer);
        break;
    case EXPECT_KEYS:
        write_lines(r->rules, r->rule_count, out);
        break;
    case EXPECT_KEYS + 1:
        outbuf_format(out, "%.9g", r->confidence);
        break;
    default:
        if (VALUES[part] != NULL) {
            outbuf_text(out, expect_value_name((enum expect_key)part, VALUES[part](r)));
        }
    }
}

const char *expect_differ(const esi_reply *one, const esi_reply *other, struct outbuf *one_says,
                          struct outbuf *other_says) {
    static const char *const more[] = {"rules", "confidence"};
    for (size_t part = 0; part < EXPECT_KEYS + 2; part++) {
        write_part(one, part, one_says);
        write_part(other, part, other_says);
        if (one_says->failed || other_says->failed) {
            break;
        }
        if (strcmp(one_says->data, other_says->data) != 0) {
            return part < EXPECT_KEYS ? expect_keys[part] : more[part - EXPECT_KEYS];
        }
    }
    return NULL;
}
