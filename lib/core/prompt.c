#include "core/prompt.h"

#include "base/error.h"
#include "base/text.h"
#include "base/token_count.h"
#include "core/prompt_parts.h"

#define ORIGIN "core/prompt"
#define BUDGET_MAX (1u << 20)
/* Shares of the whole budget. What one doesn't take is left for the next. */
#define SOURCES_SHARE 7 / 12
#define HISTORY_SHARE 1 / 4
#define CASE_SHARE 1 / 10

/* ---- what the parts share -------------------------------------------------------------------- */

void prompt_open(const struct prompting *p, struct buf *out, const char *what, size_t number) {
    buf_str(out, PROMPT_OPEN);
    buf_add(out, p->mark);
    buf_printf(out, " %s", what);
    if (number > 0) {
        buf_printf(out, "%zu", number);
    }
    buf_str(out, PROMPT_CLOSE "\n");
}

void prompt_close(const struct prompting *p, struct buf *out) {
    buf_str(out, out->n > 0 && out->p[out->n - 1] != '\n' ? "\n" : "");
    buf_str(out, PROMPT_OPEN);
    buf_add(out, p->mark);
    buf_str(out, " end" PROMPT_CLOSE "\n\n");
}

/* By halves: the longest part of one line that has no more. */
static struct view head_of_line(struct view line, size_t tokens) {
    size_t low = 0;
    size_t high = line.n;
    while (low < high) {
        const size_t middle = low + (high - low + 1) / 2;
        if (token_count(view_slice(line, 0, middle)) <= tokens) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    struct view head = view_slice(line, 0, low);
    while (head.n > 0 && head.n < line.n && ((unsigned char)line.p[head.n] & 0xC0) == 0x80) {
        head.n--;
    }
    return head;
}

struct view prompt_head(struct view text, size_t tokens) {
    struct view rest = text;
    struct view line = {0};
    size_t used = 0;
    size_t taken = 0;
    while (view_line(&rest, &line)) {
        const size_t end = text.n - rest.n;
        const size_t cost = token_count(view_slice(text, taken, end));
        if (used + cost > tokens) {
            break;
        }
        used += cost;
        taken = end;
    }
    return taken == 0 ? head_of_line(line, tokens) : view_slice(text, 0, taken);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The last turn but for its sources. */
struct frame {
    struct buf head, told, tail;
};

static esi_err make_frame(struct prompting *p, struct frame *f, size_t budget) {
    buf_str(&f->head, "The mark of this message is ");
    buf_add(&f->head, p->mark);
    buf_str(&f->head, ".\n\n");
    const esi_err code = prompt_case(p, budget * CASE_SHARE, &f->told);
    prompt_decision(p, &f->told);
    buf_str(&f->tail, "Answer the question, from the sources alone:\n");
    prompt_open(p, &f->tail, "question", 0);
    prompt_defuse(p, &f->tail, p->in->question);
    prompt_close(p, &f->tail);
    const bool failed = f->head.failed || f->told.failed || f->tail.failed || p->clean.failed;
    return failed ? fail_memory(p->err, ORIGIN) : code;
}

static size_t frame_tokens(const struct frame *f) {
    return token_count(buf_view(&f->head)) + token_count(buf_view(&f->told)) +
           token_count(buf_view(&f->tail)) + PROMPT_TURN_TOKENS;
}

/* Lets go of the case where there is no room for it. */
static esi_err fit_frame(struct prompting *p, struct frame *f, size_t budget, size_t *left) {
    const size_t system = token_count(p->out.system) + PROMPT_TURN_TOKENS;
    if (system + frame_tokens(f) > budget) {
        buf_empty(&f->told);
        prompt_decision(p, &f->told);
    }
    if (f->told.failed) {
        return fail_memory(p->err, ORIGIN);
    }
    const size_t used = system + frame_tokens(f);
    if (used > budget) {
        return esi_fail(p->err, ESI_ETOOBIG, ORIGIN,
                        "rules and question take %zu tokens, more than the %zu of a prompt", used,
                        budget);
    }
    *left = budget - used;
    return ESI_OK;
}

static esi_err end_turns(struct prompting *p, const struct frame *f) {
    const size_t told_at = p->text.n;
    buf_add(&p->text, buf_view(&f->told));
    buf_add(&p->text, buf_view(&f->tail));
    char *text = p->text.failed ? NULL : arena_str(p->arena, buf_view(&p->text));
    if (!text) {
        return fail_memory(p->err, ORIGIN);
    }
    for (size_t i = 0; i < p->out.source_count; i++) {
        p->out.sources[i].text.data = text + p->source_at[i];
    }
    p->out.told = (struct view){text + told_at, f->told.n};
    p->out.turns[p->out.turn_count++] =
        (esi_prompt_turn){.speaker = ESI_SPEAKER_USER, .text = {text, p->text.n}};
    p->out.tokens = token_count(p->out.system) + PROMPT_TURN_TOKENS;
    for (size_t i = 0; i < p->out.turn_count; i++) {
        const esi_text turn = p->out.turns[i].text;
        p->out.tokens += token_count((struct view){turn.data, turn.size}) + PROMPT_TURN_TOKENS;
    }
    return ESI_OK;
}

static esi_err build(struct prompting *p, struct frame *f, size_t budget) {
    size_t left = 0;
    esi_err code = prompt_system(p);
    if (code == ESI_OK) {
        code = make_frame(p, f, budget);
    }
    if (code == ESI_OK) {
        code = fit_frame(p, f, budget, &left);
    }
    if (code != ESI_OK) {
        return code;
    }
    const size_t most = budget * SOURCES_SHARE;
    const size_t before = buf_view(&f->head).n;
    buf_add(&p->text, buf_view(&f->head));
    code = prompt_sources(p, left < most ? left : most);
    if (code == ESI_OK) {
        const size_t used = token_count(view_slice(buf_view(&p->text), before, p->text.n));
        left = left > used ? left - used : 0;
        code = prompt_history(p, left < budget * HISTORY_SHARE ? left : budget * HISTORY_SHARE);
    }
    return code == ESI_OK ? end_turns(p, f) : code;
}

esi_err prompt_build(const struct prompt_in *in, esi_arena *arena, struct prompt *out,
                     esi_error *err) {
    struct prompting p = {.in = in, .mark = view_of(in->fence), .arena = arena, .err = err};
    struct frame f = {0};
    struct buf *const bufs[] = {&p.text, &p.clean, &f.head, &f.told, &f.tail};
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
        buf_init(bufs[i], PROMPT_BYTES_MAX);
    }
    arena_init(&p.scratch, 0);
    const size_t budget = in->budget == 0 ? PROMPT_TOKENS : in->budget;
    const esi_err code = build(&p, &f, budget < BUDGET_MAX ? budget : BUDGET_MAX);
    if (code == ESI_OK) {
        *out = p.out;
    }
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
        buf_clear(bufs[i]);
    }
    arena_clear(&p.scratch);
    return code;
}
