#include "core/ground.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/cues.h"
#include "core/guardrail.h"
#include "core/handling.h"
#include "core/heard.h"
#include "core/stems.h"

static const char *const origin = "core/ground";

#define CARRIED 0.45     /* share of a sentence's meaning that the sources must have */
#define LIGHT_SENTENCE 4 /* weight below which a sentence claims nothing */
#define RECITED 0.75     /* share of a withheld item that makes a sentence a recital of it */
#define WITHHELD_LEAST 3 /* weight an item needs to be recognised by its words */

struct grounding {
    const struct ground_in *in;
    struct view sources; /* folded: what may be said */
    struct view hidden;  /* folded: what is withheld from this role */
    struct text_folded sentence;
    esi_arena *arena;
    esi_error *err;
};

/* ---- what may be said ------------------------------------------------------------------------ */

static bool usable(const struct passage *p) {
    return p->standing != STANDING_QUARANTINED && (!p->outranked || p->named);
}

static bool withheld(const struct note_item *item, esi_role role) {
    return item->kind != NOTE_NEVER && !heard_role(item->roles, role);
}

static void add(struct buf *out, struct view text) {
    buf_char(out, '\n');
    buf_add(out, text);
}

static esi_err fold_copy(struct grounding *g, struct buf *text, struct view *out) {
    esi_err code = ESI_OK;
    struct text_folded folded;
    if (text->failed) {
        code = fail_memory(g->err, origin);
    } else {
        code = text_fold(buf_view(text), g->arena, &folded, g->err);
    }
    if (code == ESI_OK) {
        *out = (struct view){folded.p, folded.n};
    }
    buf_clear(text);
    return code;
}

/* Items withheld from this role are no source; a section that has some counts by its items only. */
static esi_err read_sources(struct grounding *g) {
    struct buf open;
    struct buf hidden;
    buf_init(&open, 4u << 20);
    buf_init(&hidden, 4u << 20);
    add(&open, g->in->question);
    add(&open, g->in->desk);
    for (size_t i = 0; i < g->in->passage_count; i++) {
        const struct passage *p = &g->in->passages[i];
        if (!usable(p)) {
            continue;
        }
        bool some = false;
        for (size_t k = 0; k < p->note.count; k++) {
            const struct note_item *item = &p->note.items[k];
            const bool hide = withheld(item, g->in->role);
            some |= hide;
            add(hide ? &hidden : &open, item->text);
            add(hide ? &hidden : &open, item->condition);
        }
        if (!some) {
            add(&open, p->text);
        }
        add(&open, p->title);
        add(&open, p->heading);
        add(&open, p->document_id);
        add(&open, p->version);
        add(&open, p->updated);
    }
    esi_err code = fold_copy(g, &open, &g->sources);
    if (code == ESI_OK) {
        code = fold_copy(g, &hidden, &g->hidden);
    } else {
        buf_clear(&hidden);
    }
    return code;
}

/* ---- finding words --------------------------------------------------------------------------- */

static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* whole: it ends where a word ends, too. */
static bool has(struct view text, struct view word, bool whole) {
    for (size_t at = view_find(text, word, 0); at != SIZE_MAX; at = view_find(text, word, at + 1)) {
        const bool starts = at == 0 || !letter(text.p[at - 1]) || !letter(word.p[0]);
        const size_t end = at + word.n;
        const bool ends = !whole || end >= text.n || !letter(text.p[end]);
        if (starts && ends) {
            return true;
        }
    }
    return false;
}

static bool has_stem(struct view text, struct view stem) {
    /* a stem may end in what the word had as "y" or "e" */
    const bool changed = stem.n > 3 && stem.p[stem.n - 1] == 'i';
    return has(text, stem, false) || (changed && has(text, view_slice(stem, 0, stem.n - 1), false));
}

/* ---- exact things ---------------------------------------------------------------------------- */

static bool is_counting(const struct token *tokens, size_t count, size_t i) {
    const struct view form = tokens[i].form;
    if (form.n > 1) {
        return false;
    }
    const uint64_t next = i + 1 < count ? cues_of(tokens[i + 1].form) : 0;
    const struct cue_word before = {.form = i > 0 ? tokens[i - 1].form : (struct view){0}};
    return !(next & CUE_UNIT) && !cues_in(&before, "port version release");
}

/* "Tier 2" is the desk's own word. */
static bool is_tier(const struct token *tokens, size_t i) {
    return i > 0 &&
           (view_eq(tokens[i - 1].form, VIEW("tier")) || view_eq(tokens[i - 1].form, VIEW("step")));
}

static struct view in_sentence(struct view sentence, const struct token *token) {
    return view_slice(sentence, token->from, token->to);
}

static bool unknown(const struct grounding *g, struct view exact, enum ground_fault *out) {
    if (has(g->sources, exact, true)) {
        return false;
    }
    *out = has(g->hidden, exact, true) ? GROUND_FORBIDDEN : GROUND_INVENTED;
    return true;
}

static bool check_exact(const struct grounding *g, struct view sentence, const struct token *tokens,
                        size_t count, enum ground_fault *out, struct view *what) {
    for (size_t i = 0; i < count; i++) {
        const struct token *token = &tokens[i];
        const bool number = token->kind == TOKEN_NUMBER && i > 0 &&
                            !is_counting(tokens, count, i) && !is_tier(tokens, i);
        const bool name =
            token->kind == TOKEN_IDENTIFIER && !view_starts(token->form, VIEW("tier_"));
        if ((number || name) && unknown(g, token->form, out)) {
            *what = in_sentence(sentence, token);
            return true;
        }
    }
    return false;
}

/* Code is compared as a whole. */
static esi_err check_piece(const struct grounding *g, struct view piece, enum ground_fault *out,
                           struct view *what) {
    struct text_folded folded;
    const esi_err code = text_fold(piece, g->arena, &folded, g->err);
    const struct view exact = view_trim((struct view){folded.p, code == ESI_OK ? folded.n : 0});
    if (exact.n > 0 && unknown(g, exact, out)) {
        *what = piece;
    }
    return code;
}

/* Code between backticks, and options ("--force"). */
static esi_err check_code(const struct grounding *g, struct view sentence, enum ground_fault *out,
                          struct view *what) {
    esi_err code = ESI_OK;
    for (size_t at = 0; at < sentence.n && code == ESI_OK && *out == GROUND_OK; at++) {
        size_t end = at;
        if (sentence.p[at] == '`') {
            size_t from = at;
            while (from < sentence.n && sentence.p[from] == '`') {
                from++;
            }
            end = view_find(sentence, VIEW("`"), from);
            end = end == SIZE_MAX ? sentence.n : end;
            code = check_piece(g, view_slice(sentence, from, end), out, what);
            while (end < sentence.n && sentence.p[end] == '`') {
                end++;
            }
            at = end > at ? end - 1 : at;
        } else if (sentence.p[at] == '-' && (at == 0 || sentence.p[at - 1] == ' ')) {
            while (end < sentence.n && sentence.p[end] != ' ' &&
                   !strchr(".,;:)", sentence.p[end])) {
                end++;
            }
            const struct view option = view_slice(sentence, at, end);
            if (option.n > 1 && sentence.p[at + 1] != ' ') {
                code = check_piece(g, option, out, what);
            }
            at = end > at ? end - 1 : at;
        }
    }
    return code;
}

/* ---- meaning --------------------------------------------------------------------------------- */

static void check_carried(const struct grounding *g, const struct stems *stems,
                          enum ground_fault *out) {
    float all = 0;
    float carried = 0;
    for (size_t i = 0; i < stems->count; i++) {
        if (view_starts(stems->items[i], VIEW("tier"))) {
            continue; /* the desk's own word */
        }
        all += stems->weights[i];
        carried += has_stem(g->sources, stems->items[i]) ? stems->weights[i] : 0.0f;
    }
    if (all >= LIGHT_SENTENCE && carried < all * (float)CARRIED) {
        *out = GROUND_UNCARRIED;
    }
}

static bool says_no(const struct grounding *g) {
    struct view rest = {g->sentence.p, g->sentence.n};
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        if (cues_of(word) & CUE_NOT) {
            return true;
        }
    }
    return false;
}

/* Does the sentence tell what the sources keep from this role, or advise what isn't allowed? */
static esi_err check_withheld(const struct grounding *g, const struct stems *stems,
                              enum ground_fault *out) {
    const bool denies = says_no(g);
    for (size_t i = 0; i < g->in->passage_count; i++) {
        const struct passage *p = &g->in->passages[i];
        for (size_t k = 0; k < p->note.count && usable(p); k++) {
            const struct note_item *item = &p->note.items[k];
            const bool never = item->kind == NOTE_NEVER && heard_role(item->roles, g->in->role);
            if (!(withheld(item, g->in->role) || (never && !denies))) {
                continue;
            }
            struct stems kept;
            const esi_err code = stems_read(item->text, g->arena, &kept, g->err);
            if (code != ESI_OK) {
                return code;
            }
            if (stems_common(&kept, stems) >= WITHHELD_LEAST &&
                stems_share(&kept, stems) >= RECITED && stems_share(stems, &kept) >= 0.5) {
                *out = GROUND_FORBIDDEN;
                return ESI_OK;
            }
        }
    }
    return ESI_OK;
}

static esi_err judge(struct grounding *g, struct view sentence, enum ground_fault *out,
                     struct view *what) {
    struct token *tokens = NULL;
    size_t count = 0;
    struct stems stems;
    esi_err code = text_tokens(sentence, "en", 600, g->arena, &tokens, &count, g->err);
    if (code == ESI_OK) {
        code = text_fold(sentence, g->arena, &g->sentence, g->err);
    }
    if (code == ESI_OK) {
        code = stems_read(sentence, g->arena, &stems, g->err);
    }
    if (code != ESI_OK) {
        return code;
    }
    code = check_code(g, sentence, out, what);
    if (code != ESI_OK || *out != GROUND_OK || check_exact(g, sentence, tokens, count, out, what)) {
        return code;
    }
    *what = sentence;
    check_carried(g, &stems, out);
    return *out == GROUND_OK ? check_withheld(g, &stems, out) : ESI_OK;
}

esi_err ground_sentence(const struct ground_in *in, struct view sentence, esi_arena *arena,
                        enum ground_fault *out, struct view *what, esi_error *err) {
    struct grounding g = {.in = in, .arena = arena, .err = err};
    enum ground_fault fault = GROUND_OK;
    struct view at_fault = {0};
    struct verdict verdict;
    esi_err code =
        guardrail_screen(in->policy, sentence, in->role, SCOPE_ANSWER, arena, &verdict, err);
    if (code != ESI_OK) {
        return code;
    }
    if (verdict.kind != VERDICT_PASS) {
        fault = GROUND_BLOCKED;
        at_fault = verdict.match_count > 0 ? verdict.matches[0] : sentence;
    } else {
        code = read_sources(&g);
        if (code == ESI_OK) {
            code = judge(&g, sentence, &fault, &at_fault);
        }
    }
    if (code == ESI_OK) {
        *out = fault;
        *what = fault == GROUND_OK ? (struct view){0} : at_fault;
    }
    return code;
}

const char *ground_fault_name(enum ground_fault fault) {
    static const char *const names[] = {"ok", "invented", "blocked", "forbidden", "uncarried"};
    return (size_t)fault < sizeof(names) / sizeof(names[0]) ? names[fault] : "";
}
