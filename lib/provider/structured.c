#include "provider/structured.h"

#include <stdlib.h>

#include "base/error.h"
#include "provider/structured_mark.h"
#include "provider/structured_read.h"
#include "provider/structured_scan.h"
#include "provider/structured_text.h"

#define ORIGIN "provider/structured"
#define BOM VIEW("\xef\xbb\xbf")
/* A byte that is no character is replaced by one of three. */
#define DECODED_MAX (3 * (size_t)STRUCTURED_MAX)

enum form {
    FORM_UNKNOWN, /* too little came */
    FORM_OBJECT,  /* an object somewhere in it */
    FORM_QUOTED,  /* one within a JSON string */
    FORM_THOUGHT  /* first the model thinks aloud */
};

struct structured {
    struct structured_in in;
    enum form form;
    size_t first;     /* where its words begin */
    size_t thought;   /* which kind */
    size_t next;      /* FORM_QUOTED, FORM_THOUGHT: what is to be read next */
    struct buf raw;   /* the reply */
    struct buf inner; /* of FORM_QUOTED: what the string says */
    struct text_reader outer;
    struct scan scan;
    struct buf answer; /* as the model wrote it */
    size_t marked;     /* so much of it was looked through for marks */
    struct buf text;   /* without them */
    size_t given;      /* so much of that went to on_text */
    bool has_cited, stopped;
    struct id_set cited, marks; /* what it says that it cites; what its marks name */
    size_t unknown;
    esi_advice advice;
    char open[STRUCTURED_OPEN_MAX][OPEN_BYTES_MAX + 1];
    size_t open_count;
};

esi_err structured_create(const struct structured_in *in, struct structured **out, esi_error *err) {
    struct structured *s = calloc(1, sizeof *s);
    const char **ids = calloc(in->source_count + 1, 2 * sizeof *ids);
    if (s == NULL || ids == NULL) {
        free(s);
        free(ids);
        return fail_memory(err, ORIGIN);
    }
    s->in = *in;
    s->cited = (struct id_set){.in = &s->in, .ids = ids};
    s->marks = (struct id_set){.in = &s->in, .ids = ids + in->source_count};
    buf_init(&s->raw, STRUCTURED_MAX);
    buf_init(&s->inner, DECODED_MAX);
    buf_init(&s->answer, DECODED_MAX);
    buf_init(&s->text, DECODED_MAX);
    *out = s;
    return ESI_OK;
}

void structured_free(struct structured *s) {
    if (s == NULL) {
        return;
    }
    buf_clear(&s->raw);
    buf_clear(&s->inner);
    buf_clear(&s->answer);
    buf_clear(&s->text);
    free(s->cited.ids);
    free(s);
}

static esi_err check(const struct structured *s, esi_error *err) {
    if (s->raw.too_long) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "a reply has over %zu bytes", s->raw.max);
    }
    if (s->raw.failed || s->inner.failed || s->answer.failed || s->text.failed) {
        return fail_memory(err, ORIGIN);
    }
    return ESI_OK;
}

/* ---- what the reply begins with -----------------------------------------------------------------
 * */

/* Behind a byte order mark and white space. */
static size_t first_of(struct view reply) {
    const size_t from = view_starts(reply, BOM) ? BOM.n : 0;
    const struct view rest = view_slice(reply, from, reply.n);
    const struct view trimmed = view_trim(rest);
    return trimmed.n == 0 ? reply.n : (size_t)(trimmed.p - reply.p);
}

/* Could it still begin so, once more has come? */
static bool may_start(struct view reply, struct view prefix) {
    return reply.n < prefix.n && view_starts(prefix, reply);
}

/* Between what a model thinks aloud. */
static const struct {
    struct view open, close;
} thoughts[] = {
    {{"<think>", 7}, {"</think>", 8}},
    {{"<thinking>", 10}, {"</thinking>", 11}},
    {{"<reasoning>", 11}, {"</reasoning>", 12}},
};

#define THOUGHTS (sizeof thoughts / sizeof *thoughts)

/* Does it begin with a thought? *open: it may, once more has come. */
static bool find_thought(struct structured *s, struct view rest, bool *open) {
    for (size_t i = 0; i < THOUGHTS; i++) {
        if (view_starts(rest, thoughts[i].open)) {
            s->thought = i;
            return true;
        }
        *open = *open || may_start(rest, thoughts[i].open);
    }
    return false;
}

static void find_form(struct structured *s, bool ended) {
    const struct view reply = buf_view(&s->raw);
    const size_t first = first_of(reply);
    const struct view rest = view_slice(reply, first, reply.n);
    bool open = rest.n == 0 || may_start(reply, BOM) || may_start(rest, VIEW("\"{\\"));
    const bool thought = find_thought(s, rest, &open);
    if (open && !ended) {
        return;
    }
    s->form = thought ? FORM_THOUGHT : view_starts(rest, VIEW("\"{\\")) ? FORM_QUOTED : FORM_OBJECT;
    s->first = first;
    s->next = first + 1;
    s->scan.at = s->form == FORM_QUOTED ? 0 : first;
}

/* Passes over what the model thinks: a draft in it is no answer. */
static void pass_thought(struct structured *s) {
    const struct view reply = buf_view(&s->raw);
    const struct view close = thoughts[s->thought].close;
    const size_t end = view_find(reply, close, s->next);
    if (end != SIZE_MAX) {
        s->first = s->scan.at = end + close.n;
        s->form = FORM_OBJECT;
    } else if (reply.n > s->next + close.n) {
        s->next = reply.n - close.n;
    }
}

/* The end of a thought whose beginning is missing: some endpoints put it into the prompt. */
static void pass_headless_thought(struct structured *s) {
    const struct view reply = buf_view(&s->raw);
    for (size_t i = 0; s->form == FORM_OBJECT && i < THOUGHTS; i++) {
        size_t at = s->first;
        while ((at = view_find(reply, thoughts[i].close, at)) != SIZE_MAX) {
            at += thoughts[i].close.n;
            s->first = at;
        }
    }
}

static struct view object_text(const struct structured *s) {
    return buf_view(s->form == FORM_QUOTED ? &s->inner : &s->raw);
}

static void run(struct structured *s, bool ended) {
    bool closed;
    if (s->form == FORM_UNKNOWN) {
        find_form(s, ended);
    }
    if (s->form == FORM_THOUGHT) {
        pass_thought(s);
    }
    if (s->form == FORM_QUOTED) {
        const struct view rest = view_slice(buf_view(&s->raw), s->next, s->raw.n);
        s->next += text_reader_feed(&s->outer, rest, &s->inner, &closed);
        s->next = closed ? SIZE_MAX : s->next;
    }
    if (s->form == FORM_QUOTED || s->form == FORM_OBJECT) {
        scan_run(&s->scan, object_text(s), &s->answer);
    }
}

/* The reply ended. Where nothing was found, it is read again with less rigour. */
static void run_last(struct structured *s) {
    run(s, true);
    scan_end(&s->scan);
    if (!s->scan.answering && s->form != FORM_THOUGHT) {
        pass_headless_thought(s);
        s->scan = (struct scan){.lax = true, .at = s->form == FORM_QUOTED ? 0 : s->first};
        run(s, true);
        scan_end(&s->scan);
    }
}

/* ---- telling ------------------------------------------------------------------------------------
 * */

/* Gives what of the answer is sure to be text. */
static void give_text(struct structured *s, bool ended) {
    marks_leave_out(buf_view(&s->answer), ended, &s->marked, &s->text, &s->marks);
    if (s->stopped || s->text.failed || s->given == s->text.n) {
        return;
    }
    const size_t from = s->given;
    s->given = s->text.n;
    if (s->in.on_text != NULL) {
        s->stopped = s->in.on_text(s->text.p + from, s->text.n - from, s->in.context) != 0;
    }
}

static void tell_cited(struct structured *s) {
    s->has_cited = true;
    if (s->in.on_cited != NULL) {
        s->stopped = s->in.on_cited(s->cited.ids, s->cited.count, s->in.context) != 0;
    }
}

/* Reads what is cited, once it is whole, and tells it. */
static esi_err take_cited(struct structured *s, esi_error *err) {
    const struct view value = scan_value(&s->scan, object_text(s), MEMBER_CITED);
    if (s->has_cited || value.n == 0) {
        return ESI_OK;
    }
    if (!read_cited(value, &s->cited, &s->unknown)) {
        return fail_memory(err, ORIGIN);
    }
    tell_cited(s);
    return ESI_OK;
}

esi_err structured_feed(struct structured *s, struct view bytes, esi_error *err) {
    if (s->stopped) {
        return ESI_OK;
    }
    buf_add(&s->raw, bytes);
    esi_err result = check(s, err);
    if (result != ESI_OK) {
        return result;
    }
    run(s, false);
    result = check(s, err);
    if (result == ESI_OK && s->scan.answering && s->scan.cited_first) {
        result = take_cited(s, err);
        if (result == ESI_OK) {
            give_text(s, false);
            result = check(s, err);
        }
    }
    return result;
}

/* ---- the end ------------------------------------------------------------------------------------
 * */

/* Does it look like an object that a person shouldn't be shown? */
static bool looks_broken(const struct structured *s, struct view words) {
    static const struct view begins[] = {{"{", 1}, {"[{", 2}, {"\"{\\", 3}, {"```json", 7}};
    bool looks = s->form == FORM_THOUGHT || s->scan.base > 0;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        looks = looks || view_starts(words, begins[i]);
    }
    return looks;
}

/* A reply without an object: its words are the answer. */
static void take_words(struct structured *s, struct structured_out *out) {
    const struct view reply = buf_view(&s->raw);
    const struct view words = view_trim(view_slice(reply, s->first, reply.n));
    out->broken = looks_broken(s, words);
    out->complete = s->scan.state == SCAN_SEEK && s->form != FORM_THOUGHT;
    if (!out->broken) {
        text_reader_plain(words, &s->answer);
    }
}

static esi_err read_rest(struct structured *s, esi_error *err) {
    const struct view text = object_text(s);
    const bool well = read_open(scan_value(&s->scan, text, MEMBER_OPEN), s->open, &s->open_count) &&
                      read_labels(scan_value(&s->scan, text, MEMBER_LABELS), &s->in, &s->advice);
    return well ? take_cited(s, err) : fail_memory(err, ORIGIN);
}

static const char *const *copy_list(esi_arena *arena, const char *const *list, size_t count) {
    const char **copy = ARENA_ARRAY(arena, count + 1, const char *);
    for (size_t i = 0; i < count && copy != NULL; i++) {
        copy[i] = arena_str(arena, view_of(list[i]));
        copy = copy[i] == NULL ? NULL : copy;
    }
    return copy;
}

static esi_err fill(struct structured *s, esi_arena *arena, struct structured_out *out,
                    esi_error *err) {
    const char *lines[STRUCTURED_OPEN_MAX];
    for (size_t i = 0; i < s->open_count; i++) {
        lines[i] = s->open[i];
    }
    const char *text = arena_str(arena, view_slice(buf_view(&s->text), 0, s->given));
    out->cited = copy_list(arena, s->cited.ids, s->cited.count);
    out->open = copy_list(arena, lines, s->open_count);
    if (text == NULL || out->cited == NULL || out->open == NULL) {
        return fail_memory(err, ORIGIN);
    }
    out->text = (esi_text){text, s->given};
    out->has_cited = s->has_cited;
    out->cited_count = s->cited.count;
    out->unknown = s->unknown;
    out->open_count = s->open_count;
    out->advice = s->advice;
    out->stopped = s->stopped;
    return ESI_OK;
}

/* Where the reply doesn't say what it cites, its marks do. */
static void cite_marks(struct structured *s) {
    size_t at = 0;
    marks_leave_out(buf_view(&s->answer), true, &at, &s->text, &s->marks);
    if (s->text.failed) {
        return;
    }
    buf_empty(&s->text);
    for (; s->cited.count < s->marks.count; s->cited.count++) {
        s->cited.ids[s->cited.count] = s->marks.ids[s->cited.count];
    }
    if (s->cited.count > 0) {
        tell_cited(s);
    }
}

esi_err structured_end(struct structured *s, esi_arena *arena, struct structured_out *out,
                       esi_error *err) {
    struct structured_out all = {.found = false};
    if (!s->stopped) {
        run_last(s);
    }
    esi_err result = ESI_OK;
    all.found = s->scan.answering;
    all.complete = s->scan.state == SCAN_DONE;
    if (all.found) {
        result = s->stopped ? ESI_OK : read_rest(s, err);
    } else {
        take_words(s, &all);
    }
    result = result == ESI_OK ? check(s, err) : result;
    if (result != ESI_OK) {
        return result;
    }
    if (!s->has_cited && !s->stopped) {
        cite_marks(s);
    }
    give_text(s, true);
    result = check(s, err);
    result = result == ESI_OK ? fill(s, arena, &all, err) : result;
    if (result == ESI_OK) {
        *out = all;
    }
    return result;
}
