#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fail.h"
#include "fold.h"

/* A line of an answer, or the answer, as a miss shows it. */
#define SHOWN_MAX_BYTES 240

/* ---- the keys -------------------------------------------------------------------------------- */

static const char *bool_name(size_t value) {
    return value == 0 ? "false" : value == 1 ? "true" : "";
}

static const char *act_name(size_t value) {
    return esi_act_name((esi_act)value);
}

/* ESI_COVERAGE_NULL, a refusal's, has no word: none can be expected. */
static const char *coverage_name(size_t value) {
    return esi_coverage_name((esi_coverage)(value + 1));
}

static const char *tier_name(size_t value) {
    return esi_tier_name((esi_tier)value);
}

static const char *severity_name(size_t value) {
    return esi_severity_name((esi_severity)value);
}

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

const char *const expect_keys[EXPECT_KEYS + 1] = {
    [EXPECT_BLOCKED] = "blocked",
    [EXPECT_CATEGORY] = "category",
    [EXPECT_ACT] = "act",
    [EXPECT_COVERAGE] = "coverage",
    [EXPECT_TIER] = "tier",
    [EXPECT_SEVERITY] = "severity",
    [EXPECT_ESCALATION] = "escalation",
    [EXPECT_TICKET] = "ticket",
    [EXPECT_CITES] = "cites",
    [EXPECT_NOT_CITES] = "not_cites",
    [EXPECT_SAYS] = "says",
    [EXPECT_NOT_SAYS] = "not_says",
    [EXPECT_ASKS] = "asks",
    [EXPECT_NOT_ASKS] = "not_asks",
};

/* How a key is written and compared: by the names of values, by texts (a row of zeros), or by
 * either. */
static const struct row {
    const char *(*name)(size_t value);
    size_t (*get)(const esi_reply *reply);
} ROWS[EXPECT_KEYS] = {
    [EXPECT_BLOCKED] = {bool_name, get_blocked},
    [EXPECT_ACT] = {act_name, get_act},
    [EXPECT_COVERAGE] = {coverage_name, get_coverage},
    [EXPECT_TIER] = {tier_name, get_tier},
    [EXPECT_SEVERITY] = {severity_name, get_severity},
    [EXPECT_ESCALATION] = {bool_name, get_escalation},
    [EXPECT_TICKET] = {bool_name, get_ticket},
    [EXPECT_ASKS] = {bool_name, get_asks},
};

static bool takes_texts(size_t key) {
    return ROWS[key].name == NULL || key == EXPECT_ASKS;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void list_words(const struct row *row, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t value = 0; used < size && row->name(value)[0] != '\0'; value++) {
        used += (size_t)snprintf(out + used, size - used, "%s%s", value == 0 ? "" : ", ",
                                 row->name(value));
    }
}

static esi_err unknown_key(const char *key, esi_error *err) {
    char known[160] = "";
    size_t used = 0;
    for (size_t i = 0; i < EXPECT_KEYS; i++) {
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ",
                                 expect_keys[i]);
    }
    return fail(err, ESI_EINVAL, NULL, "nothing called \"%.40s\" can be expected; there are %s",
                key, known);
}

static esi_err read_value(size_t key, const struct body_value *value, struct expectation *out,
                          esi_error *err) {
    const struct row *row = &ROWS[key];
    const bool is_bool = row->name == bool_name;
    const char *word = !is_bool                        ? body_string(value)
                       : body_kind(value) == BODY_BOOL ? bool_name(body_is_true(value))
                                                       : NULL;
    size_t at = 0;
    while (word != NULL && row->name(at)[0] != '\0' && strcasecmp(row->name(at), word) != 0) {
        at++;
    }
    if (word == NULL || row->name(at)[0] == '\0') {
        char words[96];
        list_words(row, words, sizeof words);
        return fail(err, ESI_EINVAL, NULL, "%s can't be %s%.40s%s; it may be %s", expect_keys[key],
                    word == NULL ? "of that type" : "\"", word == NULL ? "" : word,
                    word == NULL ? "" : "\"", words);
    }
    out->values |= 1u << at;
    return ESI_OK;
}

static esi_err read_item(size_t key, const struct body_value *value, struct expectation *out,
                         esi_error *err) {
    const char *item = body_string(value);
    if (item == NULL || !fold_item_says(item)) {
        return fail(err, ESI_EINVAL, NULL, "%s has an item that is %s", expect_keys[key],
                    item == NULL ? "no text" : "empty");
    }
    out->items[out->count++] = item;
    return ESI_OK;
}

/* One value, or a list of them. */
static esi_err read_expectation(size_t key, const struct body_value *value, struct expectation *out,
                                esi_error *err) {
    const bool list = body_kind(value) == BODY_LIST;
    const bool texts = takes_texts(key) && (list || body_kind(value) == BODY_TEXT);
    const size_t count = list ? body_count(value) : 1;
    if (count == 0 || count > EXPECT_ITEMS_MAX) {
        return fail(err, count == 0 ? ESI_EINVAL : ESI_ETOOBIG, NULL,
                    "%s is a list of %zu; 1 to %d are allowed", expect_keys[key], count,
                    EXPECT_ITEMS_MAX);
    }
    if (!texts && ROWS[key].name == NULL) {
        return fail(err, ESI_EINVAL, NULL, "%s is neither a text nor a list of texts",
                    expect_keys[key]);
    }
    if (texts && (out->items = calloc(count, sizeof *out->items)) == NULL) {
        return fail(err, ESI_ENOMEM, NULL, "out of memory");
    }
    esi_err code = ESI_OK;
    const struct body_value *item = list ? body_first(value) : value;
    for (size_t i = 0; code == ESI_OK && i < count; i++) {
        code = texts ? read_item(key, item, out, err) : read_value(key, item, out, err);
        item = body_next(item);
    }
    return code;
}

esi_err expect_read(const struct body_value *object, struct expect *out, esi_error *err) {
    struct expect expect = {0};
    esi_err code = ESI_OK;
    if (body_kind(object) != BODY_OBJECT) {
        return fail(err, ESI_EINVAL, NULL, "expect is not an object");
    }
    for (const struct body_value *value = body_first(object); code == ESI_OK && value != NULL;
         value = body_next(value)) {
        size_t key = 0;
        while (key < EXPECT_KEYS && strcmp(expect_keys[key], body_name(value)) != 0) {
            key++;
        }
        if (key == EXPECT_KEYS) {
            code = unknown_key(body_name(value), err);
        } else if ((expect.given >> key & 1) != 0) {
            code = fail(err, ESI_EINVAL, NULL, "%s is expected twice", expect_keys[key]);
        } else {
            expect.given |= 1u << key;
            code = read_expectation(key, value, &expect.of[key], err);
        }
    }
    if (code != ESI_OK) {
        expect_clear(&expect);
        return code;
    }
    *out = expect;
    return ESI_OK;
}

void expect_clear(struct expect *expect) {
    for (size_t i = 0; i < EXPECT_KEYS; i++) {
        free(expect->of[i].items);
    }
    *expect = (struct expect){0};
}

size_t expect_count(const struct expect *expect, enum expect_key key) {
    const struct expectation *of = &expect->of[key];
    return of->values != 0 || (key == EXPECT_CATEGORY && of->count > 0) ? 1 : of->count;
}

/* ---- judging --------------------------------------------------------------------------------- */

/* What judging one reply needs. */
struct judging {
    const struct expect *expect;
    const esi_reply *reply;
    struct outbuf folded; /* the text that is searched */
    struct outbuf room;
    struct outbuf wanted;
    struct outbuf got;
    expect_miss_fn on_miss;
    void *context;
};

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

static void write_values(const struct row *row, uint32_t values, struct outbuf *out) {
    size_t count = 0;
    size_t at = 0;
    for (uint32_t rest = values; rest != 0; rest &= rest - 1) {
        count++;
    }
    outbuf_reset(out);
    for (size_t value = 0; value < 32; value++) {
        if ((values >> value & 1) != 0) {
            add_one_of(out, row->name(value), at++, count);
        }
    }
}

/* An item's alternatives as a person would write them. */
static void write_item(const char *item, struct outbuf *out) {
    outbuf_reset(out);
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
    outbuf_reset(out);
    for (size_t i = 0; i < r->reference_count; i++) {
        outbuf_text(out, i == 0 ? "" : ", ");
        outbuf_text(out, r->references[i]->id);
    }
    outbuf_text(out, r->reference_count == 0 ? "nothing" : "");
}

static void write_questions(const esi_reply *r, struct outbuf *out) {
    outbuf_reset(out);
    for (size_t i = 0; i < r->question_count; i++) {
        outbuf_text(out, i == 0 ? "" : " / ");
        write_shown(r->questions[i], strlen(r->questions[i]), out);
    }
    outbuf_text(out, r->question_count == 0 ? "no question" : "");
}

/* The line of the answer that says it, so that the miss shows where. */
static void write_line_with(struct judging *j, const char *item) {
    outbuf_reset(&j->got);
    for (const char *line = j->reply->answer; *line != '\0';) {
        const size_t size = strcspn(line, "\n");
        struct outbuf copy = OUTBUF_INIT;
        struct outbuf folded = OUTBUF_INIT;
        outbuf_add(&copy, line, size);
        if (!copy.failed) {
            fold_text(copy.data, &folded);
        }
        const bool found = !folded.failed && !copy.failed && fold_has(&folded, item, &j->room);
        outbuf_clear(&copy);
        outbuf_clear(&folded);
        if (found) {
            write_shown(line, size, &j->got);
            return;
        }
        line += size + (line[size] == '\n');
    }
    write_shown(j->reply->answer, strlen(j->reply->answer), &j->got); /* it spans lines */
}

static void judge_value(struct judging *j, enum expect_key key) {
    const struct row *row = &ROWS[key];
    const uint32_t values = j->expect->of[key].values;
    const size_t got = row->get(j->reply);
    if (values == 0 || (got < 32 && (values >> got & 1) != 0)) {
        return;
    }
    write_values(row, values, &j->wanted);
    outbuf_reset(&j->got);
    outbuf_text(&j->got, row->name(got)[0] == '\0' ? "nothing" : row->name(got));
    tell(j, key);
}

/* Any of the texts will do. */
static void judge_category(struct judging *j) {
    const struct expectation *wanted = &j->expect->of[EXPECT_CATEGORY];
    const esi_verdict *verdict = j->reply->guardrail;
    const char *got = verdict == NULL ? NULL : verdict->category;
    outbuf_reset(&j->wanted);
    for (size_t i = 0; i < wanted->count; i++) {
        if (got != NULL && strcasecmp(got, wanted->items[i]) == 0) {
            return;
        }
        add_one_of(&j->wanted, wanted->items[i], i, wanted->count);
    }
    outbuf_reset(&j->got);
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
            outbuf_reset(&j->got);
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
        if (ROWS[key].get != NULL) {
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
    const bool failed = j.folded.failed || j.room.failed || j.wanted.failed || j.got.failed;
    outbuf_clear(&j.folded);
    outbuf_clear(&j.room);
    outbuf_clear(&j.wanted);
    outbuf_clear(&j.got);
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
            outbuf_format(out, "%s%s > %s %.9g", i == 0 ? "" : ", ", r->references[i]->id,
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
        if (ROWS[part].get != NULL) {
            outbuf_text(out, ROWS[part].name(ROWS[part].get(r)));
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
