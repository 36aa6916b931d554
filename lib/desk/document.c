#include "desk/document.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/os.h"
#include "base/sha256.h"
#include "base/text.h"
#include "core/chunk.h"
#include "core/fact.h"
#include "core/frontmatter.h"
#include "core/guardrail.h"
#include "core/sections.h"
#include "desk/meta.h"
#include "desk/report.h"

#define ORIGIN "desk/document"
#define NOTE_MAX (1u << 20)
#define RULINGS_MAX 4 /* sections of one document that are looked at in every turn */
#define REFERS_MAX 64
#define ORDERS_MAX 8
#define PART_REACH 40 /* bytes behind a reference in which the part is named */
#define PROBLEMS_MAX 32

/* Raised when documents are read in another way: the next ingest reads all of them again. */
#define READING "reading 4"

void document_hash(struct view source, struct view text, uint8_t out[32]) {
    struct sha256 hash;
    sha256_begin(&hash);
    sha256_add_field(&hash, VIEW(READING));
    sha256_add_field(&hash, source);
    sha256_add_field(&hash, text);
    sha256_end(&hash, out);
}

/* What is gathered while one document is read. */
struct reader {
    const esi_desk *desk;
    esi_arena *arena;
    struct front front;
    struct view title;
    struct chunk *chunks;
    size_t chunk_count;
    struct handling_section *sections;
    struct authority authority;
    struct meta_refer refers[REFERS_MAX];
    int32_t rulings[RULINGS_MAX];
    size_t ruling_count;
    int32_t orders[ORDERS_MAX];
    size_t order_count;
    struct meaning *meanings;
    size_t meaning_count;
    struct site_word *site;
    size_t site_count;
    size_t refer_count;
    const char *problems[PROBLEMS_MAX];
    size_t problem_count;
    bool quarantined;
    esi_error *err;
};

static esi_err add_problem(struct reader *r, const char *text) {
    if (!text) {
        return fail_memory(r->err, ORIGIN);
    }
    if (r->problem_count < PROBLEMS_MAX) {
        r->problems[r->problem_count++] = text;
    }
    return ESI_OK;
}

static esi_err screen(struct reader *r, struct view text, int32_t line, bool suspicious) {
    esi_arena scratch = {0};
    struct verdict verdict;
    esi_err rc = guardrail_screen(r->desk->policy, text, ESI_ROLE_TRAINEE, SCOPE_DOCUMENT, &scratch,
                                  &verdict, r->err);
    if (rc == ESI_OK && (verdict.kind != VERDICT_PASS || suspicious)) {
        r->quarantined = true;
        rc = add_problem(
            r, arena_printf(r->arena,
                            "line %d: text that tries to steer the assistant%s%s; the document is "
                            "set aside until it is removed",
                            (int)line, verdict.rule ? ", rule " : "",
                            verdict.rule ? verdict.rule->id : ""));
    }
    arena_clear(&scratch);
    return rc;
}

/* Instructions hidden in a document, meant for the assistant and against its rules. The whole
 * document is set aside: who planted one passage may have bent the others. */
static esi_err look_for_hidden_orders(struct reader *r, struct view text) {
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < r->front.mend_count; i++) {
        rc = screen(r, r->front.mends[i].text, r->front.mends[i].line, false);
    }
    for (size_t i = 0; rc == ESI_OK && i < r->chunk_count; i++) {
        const struct chunk *c = &r->chunks[i];
        rc = screen(r, view_slice(text, r->front.body + c->from, r->front.body + c->to), c->line,
                    r->sections[i].suspicious);
    }
    return rc;
}

/* 'See kb-vpn, section 3', 'kb-vpn, section "Drops"': the part of the document that is named. */
static struct view part_named(struct view text, struct view id) {
    static const char *const leads[] = {"section ", "chapter ", "part ", "under "};
    const size_t at = view_find(text, id, 0);
    const struct view rest =
        at == SIZE_MAX ? (struct view){0} : view_slice(text, at + id.n, at + id.n + PART_REACH);
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        const size_t lead = view_find(rest, view_of(leads[i]), 0);
        if (lead == SIZE_MAX) {
            continue;
        }
        const struct view part = view_slice(rest, lead + view_of(leads[i]).n, rest.n);
        size_t n = 0;
        if (view_starts(part, VIEW("\""))) {
            const size_t close = view_find(part, VIEW("\""), 1);
            return close == SIZE_MAX ? (struct view){0} : view_slice(part, 1, close);
        }
        while (n < part.n && part.p[n] >= '0' && part.p[n] <= '9') {
            n++;
        }
        return view_slice(part, 0, n);
    }
    return (struct view){0};
}

static void add_refer(struct reader *r, size_t section, const struct note_item *item) {
    const struct view id = item->text;
    for (size_t i = 0; i < r->refer_count; i++) {
        if (r->refers[i].section == (int32_t)section && view_eq(r->refers[i].id, id)) {
            return;
        }
    }
    if (r->refer_count < REFERS_MAX) {
        r->refers[r->refer_count++] =
            (struct meta_refer){(int32_t)section, id, part_named(item->source, id)};
    }
}

static void gather_refers(struct reader *r) {
    for (size_t i = 0; i < r->chunk_count; i++) {
        const struct note *note = &r->sections[i].note;
        for (size_t j = 0; j < note->count; j++) {
            if (note->items[j].kind == NOTE_REFER) {
                add_refer(r, i, &note->items[j]);
            }
        }
    }
}

/* What the site says in front matter goes over what was read. */
static esi_err mend(struct reader *r) {
    const struct handling_mended in = {&r->front, r->chunks, r->chunk_count, r->sections};
    struct view *problems = NULL;
    size_t count = 0;
    esi_err rc = handling_mend(&in, r->arena, &problems, &count, r->err);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = add_problem(r, arena_str(r->arena, problems[i]));
    }
    return rc;
}

static esi_err read_parts(struct reader *r, struct view text) {
    esi_err rc = front_read(text, r->arena, &r->front, r->err);
    if (rc == ESI_OK) {
        rc = chunk_read(view_slice(text, r->front.body, text.n), r->front.body_line, r->arena,
                        &r->title, &r->chunks, &r->chunk_count, r->err);
    }
    if (rc == ESI_OK && r->chunk_count == 0) {
        rc = esi_fail(r->err, ESI_EPARSE, ORIGIN, "there is no text in it below the front matter");
    }
    if (rc != ESI_OK) {
        return rc;
    }
    if (r->front.title.n > 0) {
        r->title = r->front.title;
    }
    r->sections = ARENA_ARRAY(r->arena, r->chunk_count, struct handling_section);
    rc = r->sections ? handling_read(&r->front, r->title, r->chunks, r->chunk_count, r->arena,
                                     r->sections, r->err)
                     : fail_memory(r->err, ORIGIN);
    if (rc == ESI_OK) {
        rc = handling_authority(&r->front, r->title, r->chunks, r->chunk_count, r->arena,
                                &r->authority, r->err);
    }
    for (size_t i = 0; rc == ESI_OK && i < r->front.problem_count; i++) {
        rc = add_problem(r, arena_str(r->arena, r->front.problems[i]));
    }
    return rc == ESI_OK ? mend(r) : rc;
}

/* ---- what is ruled for all documents --------------------------------------------------------- */

static bool speaks_of_tiers(struct view text) {
    return fact_has_word(text, "tier tiers severity severities escalation escalations escalate "
                               "priority priorities");
}

/* "A lost badge is HIGH and goes to Tier 2": what the document that is the rule for tiers fixes. */
static void gather_rulings(struct reader *r) {
    const struct view subject = r->authority.subject.n > 0 ? r->authority.subject : r->title;
    if (!r->authority.declares_rule || !speaks_of_tiers(subject)) {
        return;
    }
    for (size_t i = 0; i < r->chunk_count && r->ruling_count < RULINGS_MAX; i++) {
        const struct note *note = &r->sections[i].note;
        bool rules = false;
        for (size_t k = 0; k < note->count; k++) {
            const struct note_item *item = &note->items[k];
            rules |= item->kind == NOTE_WHEN && item->condition.n > 0 &&
                     (item->actions & (NOTE_SET_TIER | NOTE_SET_SEVERITY | NOTE_NO_ESCALATE));
        }
        if (rules) {
            r->rulings[r->ruling_count++] = (int32_t)i;
        }
    }
}

/* "Notes for the assistant": what holds for the document's other sections. */
static void gather_orders(struct reader *r) {
    for (size_t i = 0; r->chunk_count > 1 && i < r->chunk_count; i++) {
        const struct note *note = &r->sections[i].note;
        if ((section_for_desk(note) || section_rules(note)) && r->order_count < ORDERS_MAX) {
            r->orders[r->order_count++] = (int32_t)i;
        }
    }
}

static esi_err gather_meanings(struct reader *r) {
    r->meanings = ARENA_ARRAY(r->arena, MEANINGS_MAX, struct meaning);
    esi_err rc = r->meanings ? ESI_OK : fail_memory(r->err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < r->chunk_count; i++) {
        struct meaning *found = NULL;
        size_t count = 0;
        rc = meaning_read(r->sections[i].text, r->arena, &found, &count, r->err);
        for (size_t k = 0; rc == ESI_OK && k < count && r->meaning_count < MEANINGS_MAX; k++) {
            r->meanings[r->meaning_count++] = found[k];
        }
    }
    return rc;
}

static esi_err gather_site(struct reader *r, struct view text) {
    r->site = ARENA_ARRAY(r->arena, SITE_WORDS_MAX, struct site_word);
    esi_err rc = r->site ? ESI_OK : fail_memory(r->err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < r->chunk_count; i++) {
        const struct chunk *c = &r->chunks[i];
        struct site_word *found = NULL;
        size_t count = 0;
        rc = site_read(r->desk->policy,
                       view_slice(text, r->front.body + c->from, r->front.body + c->to), r->arena,
                       &found, &count, r->err);
        for (size_t k = 0; rc == ESI_OK && k < count && r->site_count < SITE_WORDS_MAX; k++) {
            r->site[r->site_count++] = found[k];
        }
    }
    return rc;
}

/* ---- the record ------------------------------------------------------------------------------ */

static esi_err encode_note(struct reader *r, const struct note *note, const char **out) {
    struct buf json;
    buf_init(&json, NOTE_MAX);
    esi_err rc = note_encode(note, &json, r->err);
    if (rc == ESI_OK) {
        *out = arena_str(r->arena, buf_view(&json));
        rc = *out ? ESI_OK : fail_memory(r->err, ORIGIN);
    }
    buf_clear(&json);
    return rc;
}

static esi_err fill_section(struct reader *r, size_t at, int64_t now_ms, esi_store_section *out) {
    const struct chunk *c = &r->chunks[at];
    const struct handling_section *s = &r->sections[at];
    char *id = arena_alloc(r->arena, OS_UUID_SIZE);
    const struct view heading = c->heading.n > 0 ? c->heading : r->title;
    out->ordinal = (int32_t)at;
    out->line = c->line;
    out->heading = arena_str(r->arena, heading);
    out->text = arena_str(r->arena, s->text);
    if (!id || !out->heading || !out->text) {
        return fail_memory(r->err, ORIGIN);
    }
    struct sha256 hash;
    sha256_begin(&hash);
    sha256_add_field(&hash, heading);
    sha256_add_field(&hash, s->text);
    sha256_end(&hash, out->hash);
    out->id = id;
    const esi_err rc = os_uuid7(now_ms, id, r->err);
    return rc == ESI_OK ? encode_note(r, &s->note, &out->note) : rc;
}

static esi_err encode_meta(struct reader *r, const char **out) {
    const struct meta meta = {.reason = r->authority.reason,
                              .tags = r->front.tags,
                              .tag_count = r->front.tag_count,
                              .supersedes = r->authority.supersedes,
                              .supersedes_count = r->authority.supersedes_count,
                              .superseded_by = r->front.superseded_by.n > 0
                                                   ? r->front.superseded_by
                                                   : r->authority.superseded_by,
                              .names = r->authority.names,
                              .names_count = r->authority.names_count,
                              .declares_rule = r->authority.declares_rule,
                              .defers = r->authority.defers,
                              .subject = r->authority.subject,
                              .meanings = r->meanings,
                              .meaning_count = r->meaning_count,
                              .site = r->site,
                              .site_count = r->site_count,
                              .rulings = r->rulings,
                              .ruling_count = r->ruling_count,
                              .orders = r->orders,
                              .order_count = r->order_count,
                              .refers = r->refers,
                              .refer_count = r->refer_count};
    struct buf json;
    buf_init(&json, NOTE_MAX);
    esi_err rc = meta_encode(&meta, &json, r->err);
    if (rc == ESI_OK) {
        *out = arena_str(r->arena, buf_view(&json));
        rc = *out ? ESI_OK : fail_memory(r->err, ORIGIN);
    }
    buf_clear(&json);
    return rc;
}

static esi_err fill_record(struct reader *r, struct view source, struct view text,
                           esi_store_document *out) {
    const struct front *f = &r->front;
    const struct view id = f->id.n > 0 ? f->id : front_default_id(source);
    const enum standing standing = r->quarantined ? STANDING_QUARANTINED : r->authority.standing;
    const char *language = text_language(view_slice(text, f->body, text.n));
    out->id = arena_str(r->arena, id);
    out->source = arena_str(r->arena, source);
    out->title = arena_str(r->arena, r->title.n > 0 ? r->title : id);
    out->version = arena_str(r->arena, f->version.n > 0 ? f->version : r->authority.version);
    out->updated = arena_str(r->arena, f->updated.n > 0 ? f->updated : r->authority.updated);
    out->language = f->language.n > 0 ? arena_str(r->arena, f->language) : language;
    out->standing = standing_name(standing);
    out->roles = f->roles;
    out->scope = "";
    document_hash(source, text, out->hash);
    esi_store_section *sections = ARENA_ARRAY(r->arena, r->chunk_count, esi_store_section);
    if (!out->id || !out->source || !out->title || !out->version || !out->updated ||
        !out->language || !sections) {
        return fail_memory(r->err, ORIGIN);
    }
    const int64_t now_ms = clock_now_ms();
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < r->chunk_count; i++) {
        rc = fill_section(r, i, now_ms, &sections[i]);
    }
    out->sections = sections;
    out->section_count = r->chunk_count;
    return rc == ESI_OK ? encode_meta(r, &out->meta) : rc;
}

static esi_err check_id(struct reader *r, struct view id) {
    if (id.n > ESI_ID_MAX) {
        return esi_fail(r->err, ESI_ETOOBIG, ORIGIN, "its id has %zu bytes; at most %d are allowed",
                        id.n, ESI_ID_MAX);
    }
    return ESI_OK;
}

esi_err document_read(const struct document_in *in, esi_arena *arena, struct document *out,
                      esi_error *err) {
    const struct view text = in->text;
    if (!text_valid(text)) {
        return esi_fail(err, ESI_EENCODING, ORIGIN,
                        "it isn't UTF-8 text; save it as UTF-8, or take it out of the folder");
    }
    struct reader *r = ARENA_NEW(arena, struct reader);
    if (!r) {
        return fail_memory(err, ORIGIN);
    }
    r->desk = in->desk;
    r->arena = arena;
    r->err = err;
    struct document document = {0};
    esi_err rc = read_parts(r, text);
    if (rc == ESI_OK) {
        rc = check_id(r, r->front.id);
    }
    if (rc == ESI_OK) {
        rc = look_for_hidden_orders(r, text);
    }
    if (rc == ESI_OK) {
        gather_refers(r);
        gather_rulings(r);
        gather_orders(r);
        rc = gather_meanings(r);
    }
    if (rc == ESI_OK) {
        rc = gather_site(r, text);
    }
    if (rc == ESI_OK) {
        rc = fill_record(r, in->source, text, &document.record);
    }
    if (rc == ESI_OK) {
        const struct report_in told = {.record = &document.record,
                                       .problems = r->problems,
                                       .problem_count = r->problem_count,
                                       .chunks = r->chunks,
                                       .sections = in->explain ? r->sections : NULL,
                                       .section_count = in->explain ? r->chunk_count : 0};
        rc = report_document(&told, in->keep, &document.report, err);
    }
    if (rc == ESI_OK) {
        document.authority = r->authority;
        *out = document;
    }
    return rc;
}
