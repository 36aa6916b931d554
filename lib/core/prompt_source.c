/* prompt_source.c: sections as a model may quote them, and apart from them what their documents
 * tell the desk to do. */
#include "base/error.h"
#include "base/text.h"
#include "base/token_count.h"
#include "core/guardrail.h"
#include "core/handling.h"
#include "core/heard.h"
#include "core/prompt_parts.h"

#define ORIGIN "core/prompt"
#define TITLE_CHARS 200
#define CUT "(the rest is left out)\n"
#define CUT_LEAST 40 /* tokens that a part of a section must have to be worth its place */

/* ---- items of a note ------------------------------------------------------------------------- */

static bool is_withheld(const struct note_item *item, esi_role role) {
    return item->kind != NOTE_NEVER && !heard_role(item->roles, role);
}

static bool withholds(const struct note *note, esi_role role) {
    size_t i = 0;
    while (i < note->count && !is_withheld(&note->items[i], role)) {
        i++;
    }
    return i < note->count;
}

/* How an item is led in where it is quoted; NULL: it isn't. */
static const char *quoted_lead(const struct note_item *item) {
    switch (item->kind) {
    case NOTE_SYMPTOM:
        return "Sign: ";
    case NOTE_CAUSE:
        return "Cause: ";
    case NOTE_STEP:
        return "Step: ";
    case NOTE_NEVER:
        return "Not allowed: ";
    case NOTE_SAY:
    case NOTE_FACT:
        return "";
    case NOTE_ASK:
    case NOTE_WHEN:
    case NOTE_CAPTURE:
    case NOTE_REFER:
        return NULL;
    }
    return NULL;
}

/* How it is led in where it tells the desk what to do; NULL: it doesn't. */
static const char *handling_lead(const struct note_item *item) {
    switch (item->kind) {
    case NOTE_SYMPTOM:
    case NOTE_CAUSE:
    case NOTE_FACT:
        return item->for_desk ? "Know: " : NULL;
    case NOTE_STEP:
        return item->for_desk ? "Have the person do: " : NULL;
    case NOTE_SAY:
        return item->for_desk ? "Tell the person: " : NULL;
    case NOTE_NEVER:
        return item->for_desk ? "Keep to this: " : NULL;
    case NOTE_ASK:
        return "Ask, unless it is known: ";
    case NOTE_CAPTURE:
        return "A ticket needs: ";
    case NOTE_WHEN:
        return "The desk sees to this by itself: ";
    case NOTE_REFER:
        return NULL;
    }
    return NULL;
}

static void add_item(struct prompting *p, struct buf *out, const char *lead,
                     const struct note_item *item) {
    buf_str(out, lead);
    if (item->condition.n > 0) {
        buf_str(out, "(");
        prompt_defuse_line(p, out, item->condition, SIZE_MAX);
        buf_str(out, ") ");
    }
    if (item->code) {
        buf_char(out, '\n');
        prompt_defuse(p, out, item->text);
    } else {
        prompt_defuse_line(p, out, item->text, SIZE_MAX);
    }
    if (item->exception.n > 0) {
        buf_str(out, " (unless ");
        prompt_defuse_line(p, out, item->exception, SIZE_MAX);
        buf_str(out, ")");
    }
    buf_char(out, '\n');
}

static void add_items(struct prompting *p, struct buf *out, const struct note *note,
                      const char *(*lead_of)(const struct note_item *)) {
    for (size_t i = 0; i < note->count; i++) {
        const struct note_item *item = &note->items[i];
        const char *lead = lead_of(item);
        const bool quoted = lead_of == quoted_lead;
        if (lead && item->text.n > 0 && heard_role(item->roles, p->in->role) &&
            !(quoted && item->for_desk)) {
            add_item(p, out, lead, item);
        }
    }
}

/* ---- the two texts of a section -------------------------------------------------------------- */

/* Its text, or its items where some of it is for other roles: what isn't in an item isn't known to
 * be for this one. */
static void add_quoted(struct prompting *p, struct buf *out, const struct passage *passage) {
    if (withholds(&passage->note, p->in->role) || text_blank(passage->text)) {
        add_items(p, out, &passage->note, quoted_lead);
    } else {
        prompt_defuse(p, out, passage->text);
        buf_char(out, '\n');
    }
}

static void add_barred(struct buf *out, const struct note *note, esi_role role) {
    static const char *const names[] = {NULL,        "trainees",          "instructors",
                                        "operators", "support engineers", "admins"};
    uint32_t roles = 0;
    for (size_t i = 0; i < note->count; i++) {
        roles |= is_withheld(&note->items[i], role) ? note->items[i].roles : 0;
    }
    if (roles == 0) {
        return;
    }
    buf_str(out, "Part of this section is for others and isn't shown: ");
    bool any = false;
    for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
        if (roles & (1u << i)) {
            buf_printf(out, "%s%s", any ? ", " : "", names[i]);
            any = true;
        }
    }
    buf_str(out, ". Say that they do it, if the person asks for it; not how.\n");
}

static void add_handling(struct prompting *p, struct buf *out, const struct passage *passage) {
    add_items(p, out, &passage->note, handling_lead);
    add_barred(out, &passage->note, p->in->role);
}

static void add_name(struct prompting *p, struct buf *out, const char *lead, struct view text) {
    if (text.n > 0) {
        buf_str(out, lead);
        prompt_defuse_line(p, out, text, TITLE_CHARS);
        buf_char(out, '\n');
    }
}

static void add_names(struct prompting *p, struct buf *out, const struct passage *passage) {
    add_name(p, out, "Title: ", passage->title);
    add_name(p, out, "Version: ", passage->version);
    add_name(p, out, "Of: ", passage->updated);
    add_name(p, out, "Section: ", passage->heading);
    if (passage->outranked) {
        buf_str(out, "Standing: it doesn't hold any more\n");
        add_name(p, out, "In its place: ", passage->outranked_by);
        add_name(p, out, "Because: ", passage->outranked_why);
    }
    buf_char(out, '\n');
}

/* ---- what may be a source -------------------------------------------------------------------- */

/* Was it looked up for this turn, and may it be used? */
static bool is_source(const struct passage *passage) {
    const bool only_ruling = passage->ruling && !passage->carries && passage->score <= 0;
    return (!passage->outranked || passage->named) && !only_ruling &&
           passage->standing != STANDING_QUARANTINED;
}

/* A text that tries to steer the desk was set aside when it was read; the rules may be newer. */
static esi_err is_clean(struct prompting *p, struct view text, bool *out) {
    struct verdict verdict = {0};
    esi_err code = ESI_OK;
    if (p->in->policy) {
        code = guardrail_screen(p->in->policy, text, ESI_ROLE_TRAINEE, SCOPE_DOCUMENT, &p->scratch,
                                &verdict, p->err);
    }
    *out = verdict.kind == VERDICT_PASS;
    arena_clear(&p->scratch);
    return code;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

struct section {
    struct buf quoted, handling;
    size_t text_at; /* of the quoted part, without the names */
};

/* Answers where the text begins. */
static size_t add_block(struct prompting *p, const char *what, size_t number, struct view text) {
    prompt_open(p, &p->text, what, number);
    const size_t at = p->text.n;
    buf_add(&p->text, text);
    prompt_close(p, &p->text);
    return at;
}

static esi_err read_section(struct prompting *p, const struct passage *passage,
                            struct section *section, bool *clean) {
    add_names(p, &section->quoted, passage);
    section->text_at = section->quoted.n;
    add_quoted(p, &section->quoted, passage);
    add_handling(p, &section->handling, passage);
    if (section->quoted.failed || section->handling.failed || p->clean.failed) {
        return fail_memory(p->err, ORIGIN);
    }
    esi_err code = is_clean(p, buf_view(&section->quoted), clean);
    if (code == ESI_OK && *clean && section->handling.n > 0) {
        code = is_clean(p, buf_view(&section->handling), clean);
    }
    return code;
}

/* Leaves of its text what there is room for; false where that isn't worth it. */
static bool fit_section(struct prompting *p, struct section *section, size_t room) {
    const size_t lines = 4 * token_count(p->mark) + 32; /* around both blocks */
    const size_t names = token_count(view_slice(buf_view(&section->quoted), 0, section->text_at));
    const size_t fixed = lines + names + token_count(buf_view(&section->handling));
    const struct view text = view_slice(buf_view(&section->quoted), section->text_at, SIZE_MAX);
    const size_t whole = token_count(text);
    if (fixed + whole <= room) {
        return true;
    }
    const size_t cut = token_count(VIEW(CUT));
    if (fixed + cut + CUT_LEAST > room) {
        return false;
    }
    const size_t n = prompt_head(text, room - fixed - cut).n;
    buf_cut(&section->quoted, section->text_at + n);
    buf_str(&section->quoted, view_ends(buf_view(&section->quoted), VIEW("\n")) ? "" : "\n");
    buf_str(&section->quoted, CUT);
    return true;
}

static esi_err add_section(struct prompting *p, size_t passage, struct section *section) {
    const size_t at = p->out.source_count;
    char *id = arena_printf(p->arena, "s%zu", at + 1);
    if (!id) {
        return fail_memory(p->err, ORIGIN);
    }
    const struct view quoted = buf_view(&section->quoted);
    p->source_at[at] = add_block(p, "source s", at + 1, quoted) + section->text_at;
    p->out.sources[at] =
        (esi_prompt_source){.id = id, .text = {.size = quoted.n - section->text_at}};
    p->out.source_passage[at] = (uint32_t)passage;
    p->out.source_count++;
    if (section->handling.n > 0) {
        (void)add_block(p, "handling s", at + 1, buf_view(&section->handling));
    }
    return p->text.failed ? fail_memory(p->err, ORIGIN) : ESI_OK;
}

static esi_err try_section(struct prompting *p, size_t passage, size_t room) {
    struct section section = {0};
    bool clean = false;
    buf_init(&section.quoted, PROMPT_BYTES_MAX);
    buf_init(&section.handling, PROMPT_BYTES_MAX);
    esi_err code = read_section(p, &p->in->passages[passage], &section, &clean);
    const bool empty = section.quoted.n == section.text_at && section.handling.n == 0;
    if (code == ESI_OK && clean && !empty && fit_section(p, &section, room)) {
        code = add_section(p, passage, &section);
    }
    buf_clear(&section.quoted);
    buf_clear(&section.handling);
    return code;
}

esi_err prompt_sources(struct prompting *p, size_t tokens) {
    const size_t share = p->in->passage_count > 1 ? tokens / 2 : tokens;
    p->out.sources = ARENA_ARRAY(p->arena, PROMPT_SOURCES_MAX, esi_prompt_source);
    p->out.source_passage = ARENA_ARRAY(p->arena, PROMPT_SOURCES_MAX, uint32_t);
    if (!p->out.sources || !p->out.source_passage) {
        return fail_memory(p->err, ORIGIN);
    }
    const size_t begins = p->text.n;
    esi_err code = ESI_OK;
    for (size_t i = 0;
         i < p->in->passage_count && p->out.source_count < PROMPT_SOURCES_MAX && code == ESI_OK;
         i++) {
        const size_t used = token_count(view_slice(buf_view(&p->text), begins, p->text.n));
        const size_t room = tokens > used ? tokens - used : 0;
        if (is_source(&p->in->passages[i])) {
            code = try_section(p, i, room < share ? room : share);
        }
    }
    return code;
}
