#include <stdio.h>
#include <string.h>

#include "store_contract.h"

/* What kb_changes told, in order. */
struct seen {
    esi_arena *arena;
    char log[2048]; /* "+id:sections " and "-id " */
    esi_store_document last;
    esi_store_section last_sections[8];
    esi_err answer; /* what the visit says */
};

static const char *keep(struct seen *s, const char *text) {
    return text != NULL ? arena_str(s->arena, view_of(text)) : NULL;
}

static esi_err visit(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    struct seen *s = context;
    const size_t n = strlen(s->log);
    if (gone) {
        snprintf(s->log + n, sizeof s->log - n, "-%s ", d->id);
    } else {
        snprintf(s->log + n, sizeof s->log - n, "+%s:%zu ", d->id, d->section_count);
        s->last = *d;
        s->last.id = keep(s, d->id);
        s->last.source = keep(s, d->source);
        s->last.scope = keep(s, d->scope);
        s->last.title = keep(s, d->title);
        s->last.version = keep(s, d->version);
        s->last.updated = keep(s, d->updated);
        s->last.standing = keep(s, d->standing);
        s->last.language = keep(s, d->language);
        s->last.meta = keep(s, d->meta);
        for (size_t i = 0; i < d->section_count && i < 8; i++) {
            s->last_sections[i] = d->sections[i];
            s->last_sections[i].id = keep(s, d->sections[i].id);
            s->last_sections[i].heading = keep(s, d->sections[i].heading);
            s->last_sections[i].text = keep(s, d->sections[i].text);
            s->last_sections[i].note = keep(s, d->sections[i].note);
            if (d->sections[i].vector != NULL) {
                float *copy = ARENA_ARRAY(s->arena, 4, float);
                memcpy(copy, d->sections[i].vector, 4 * sizeof(float));
                s->last_sections[i].vector = copy;
            }
        }
    }
    return s->answer != ESI_OK ? esi_fail(err, s->answer, "test", "the visit says no") : ESI_OK;
}

static int64_t changes(struct fixture *f, int64_t since, struct seen *s) {
    *s = (struct seen){.arena = &f->arena};
    int64_t version;
    ASSERT_OK(
        f, f->ops->kb_changes(f->store, COLLECTION, since, &f->wait, visit, s, &version, &f->err));
    return version;
}

START_TEST(a_collection_that_was_never_seen_is_empty) {
    struct fixture f;
    fixture_open(&f, _i);
    int64_t version;
    esi_store_space space = {"x", 1};
    ASSERT_OK(&f,
              f.ops->kb_version(f.store, "nothing", &f.wait, &f.arena, &version, &space, &f.err));
    ck_assert_int_eq(version, 0);
    ck_assert_ptr_null(space.model);
    struct seen s;
    ck_assert_int_eq(changes(&f, 0, &s), 0);
    ck_assert_str_eq(s.log, "");
    fixture_close(&f);
}
END_TEST

START_TEST(a_document_comes_back_as_it_was_put) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_document d = a_document(&f, "kb-vpn", 3, 0.25F);
    esi_store_section *sections = ARENA_ARRAY(&f.arena, 3, esi_store_section);
    memcpy(sections, d.sections, 3 * sizeof *sections);
    sections[2].vector = NULL;
    d.sections = sections;
    put_document(&f, &d);
    struct seen s;
    ck_assert_int_eq(changes(&f, 0, &s), 1);
    ck_assert_str_eq(s.log, "+kb-vpn:3 ");
    ck_assert_str_eq(s.last.source, "kb-vpn.md");
    ck_assert_str_eq(s.last.scope, "/kb");
    ck_assert_str_eq(s.last.title, "Title of kb-vpn");
    ck_assert_str_eq(s.last.version, "1.0");
    ck_assert_str_eq(s.last.updated, "2026-09-01");
    ck_assert_str_eq(s.last.standing, "current");
    ck_assert_str_eq(s.last.language, "en");
    ck_assert_uint_eq(s.last.roles, 6);
    ck_assert_str_eq(s.last.meta, "{\"tags\":[\"vpn\"]}");
    ck_assert_mem_eq(s.last.hash, d.hash, 32);
    for (size_t i = 0; i < 3; i++) {
        const esi_store_section *got = &s.last_sections[i];
        ck_assert_str_eq(got->id, sections[i].id);
        ck_assert_int_eq(got->ordinal, (int)i);
        ck_assert_int_eq(got->line, sections[i].line);
        ck_assert_str_eq(got->heading, sections[i].heading);
        ck_assert_str_eq(got->text, sections[i].text);
        ck_assert_pstr_eq(got->note, sections[i].note);
        ck_assert_mem_eq(got->hash, sections[i].hash, 32);
    }
    ck_assert_mem_eq(s.last_sections[1].vector, sections[1].vector, 4 * sizeof(float));
    ck_assert_ptr_null(s.last_sections[2].vector);
    fixture_close(&f);
}
END_TEST

START_TEST(each_change_raises_the_version_and_is_told_once) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_document a = a_document(&f, "a", 1, 1), b = a_document(&f, "b", 2, 1);
    struct seen s;
    put_document(&f, &a);
    put_document(&f, &b);
    ck_assert_int_eq(changes(&f, 0, &s), 2);
    ck_assert_str_eq(s.log, "+a:1 +b:2 ");
    a = a_document(&f, "a", 2, 2);
    put_document(&f, &a);
    ck_assert_int_eq(changes(&f, 2, &s), 3);
    ck_assert_str_eq(s.log, "+a:2 ");
    ck_assert_int_eq(changes(&f, 3, &s), 3);
    ck_assert_str_eq(s.log, "");
    ck_assert_int_eq(kb_version(&f), 3);
    fixture_close(&f);
}
END_TEST

START_TEST(what_was_removed_is_told_to_those_who_knew_it) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 1, 1), b = a_document(&f, "b", 1, 1),
                             again = a_document(&f, "a", 1, 2);
    put_document(&f, &a);
    put_document(&f, &b);
    const char *const ids[] = {"a", "never-there", "b"};
    size_t removed = 0;
    ASSERT_OK(&f, f.ops->kb_remove(f.store, COLLECTION, ids, 3, NOW, &f.wait, &removed, &f.err));
    ck_assert_uint_eq(removed, 2);
    struct seen s;
    ck_assert_int_eq(changes(&f, 2, &s), 3); /* together: one version */
    ck_assert_str_eq(s.log, "-a -b ");
    ck_assert_int_eq(changes(&f, 0, &s), 3);
    ck_assert_str_eq(s.log, "");
    put_document(&f, &again);
    ck_assert_int_eq(changes(&f, 2, &s), 4);
    ck_assert_str_eq(s.log, "-b +a:1 ");
    fixture_close(&f);
}
END_TEST

START_TEST(removing_nothing_changes_nothing) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 1, 1);
    put_document(&f, &a);
    const char *const ids[] = {"b"};
    size_t removed = 9;
    ASSERT_OK(&f, f.ops->kb_remove(f.store, COLLECTION, ids, 1, NOW, &f.wait, &removed, &f.err));
    ck_assert_uint_eq(removed, 0);
    ASSERT_OK(&f, f.ops->kb_remove(f.store, "nothing", ids, 1, NOW, &f.wait, &removed, &f.err));
    ck_assert_uint_eq(removed, 0);
    ck_assert_int_eq(kb_version(&f), 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_document_with_a_known_source_and_a_new_id_takes_its_place) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document old = a_document(&f, "old", 1, 1);
    esi_store_document new = a_document(&f, "new", 1, 1);
    put_document(&f, &old);
    new.source = old.source;
    put_document(&f, &new);
    struct seen s;
    changes(&f, 1, &s);
    ck_assert_str_eq(s.log, "-old +new:1 ");
    changes(&f, 0, &s);
    ck_assert_str_eq(s.log, "+new:1 ");
    fixture_close(&f);
}
END_TEST

START_TEST(a_document_takes_the_place_of_the_one_with_its_id_and_the_one_with_its_source) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 1, 1), b = a_document(&f, "b", 1, 1);
    esi_store_document both = a_document(&f, "a", 2, 2);
    put_document(&f, &a);
    put_document(&f, &b);
    both.source = b.source;
    put_document(&f, &both);
    struct seen s;
    changes(&f, 2, &s);
    ck_assert_str_eq(s.log, "-b +a:2 ");
    changes(&f, 0, &s);
    ck_assert_str_eq(s.log, "+a:2 ");
    fixture_close(&f);
}
END_TEST

START_TEST(collections_do_not_meet) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 1, 1), other = a_document(&f, "a", 2, 1);
    put_document(&f, &a);
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, "other", &a_space, &other, NOW, &f.wait, &f.err));
    struct seen s;
    ck_assert_int_eq(changes(&f, 0, &s), 1);
    ck_assert_str_eq(s.log, "+a:1 ");
    const esi_store_passage *passages;
    size_t count;
    const char *ids[] = {other.sections[0].id};
    ASSERT_OK(&f, f.ops->kb_fetch(f.store, COLLECTION, ids, 1, &f.wait, &f.arena, &passages, &count,
                                  &f.err));
    ck_assert_uint_eq(count, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(vectors_of_another_space_are_refused) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 1, 1), b = a_document(&f, "b", 1, 1);
    put_document(&f, &a);
    const esi_store_space shorter = {"test", 3}, other = {"other", 4};
    ASSERT_ERR(&f, ESI_EDIM,
               f.ops->kb_upsert(f.store, COLLECTION, &shorter, &b, NOW, &f.wait, &f.err));
    ASSERT_ERR(&f, ESI_EDIM,
               f.ops->kb_upsert(f.store, COLLECTION, &other, &b, NOW, &f.wait, &f.err));
    ck_assert_int_eq(kb_version(&f), 1);
    int64_t version;
    esi_store_space space;
    ASSERT_OK(&f,
              f.ops->kb_version(f.store, COLLECTION, &f.wait, &f.arena, &version, &space, &f.err));
    ck_assert_str_eq(space.model, "test");
    ck_assert_int_eq(space.dimensions, 4);
    fixture_close(&f);
}
END_TEST

START_TEST(a_collection_that_was_emptied_takes_another_space) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 1, 1), b = a_document(&f, "b", 1, 1);
    put_document(&f, &a);
    const char *const ids[] = {"a"};
    size_t removed;
    ASSERT_OK(&f, f.ops->kb_remove(f.store, COLLECTION, ids, 1, NOW, &f.wait, &removed, &f.err));
    const esi_store_space other = {"other", 2};
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, COLLECTION, &other, &b, NOW, &f.wait, &f.err));
    int64_t version;
    esi_store_space space;
    ASSERT_OK(&f,
              f.ops->kb_version(f.store, COLLECTION, &f.wait, &f.arena, &version, &space, &f.err));
    ck_assert_str_eq(space.model, "other");
    ck_assert_int_eq(space.dimensions, 2);
    fixture_close(&f);
}
END_TEST

/* Two documents of two sections; a section of one of them. */
static const char *fill_two(struct fixture *f, struct seen *s) {
    const esi_store_document a = a_document(f, "a", 2, 1), b = a_document(f, "b", 2, 1);
    put_document(f, &b);
    put_document(f, &a);
    changes(f, 0, s);
    return s->last_sections[0].id;
}

START_TEST(a_collection_moves_to_another_space) {
    struct fixture f;
    fixture_open(&f, _i);
    struct seen s;
    const esi_store_document other = a_document(&f, "c", 1, 1);
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, "other", &a_space, &other, NOW, &f.wait, &f.err));
    const char *first = fill_two(&f, &s);
    const int64_t before = kb_version(&f);
    static const float vector[] = {0.25F, -0.5F, 0.75F, 1.0F};
    const esi_store_space next = {"next", 4};
    const esi_store_vector vectors[] = {{first, vector}};
    ASSERT_OK(&f,
              f.ops->kb_respace(f.store, COLLECTION, before, &next, vectors, 1, &f.wait, &f.err));
    ck_assert_int_eq(changes(&f, before, &s), before + 1);
    ck_assert_ptr_nonnull(strstr(s.log, "+a:2 "));
    ck_assert_ptr_nonnull(strstr(s.log, "+b:2 "));
    int64_t version;
    esi_store_space space;
    ASSERT_OK(&f,
              f.ops->kb_version(f.store, COLLECTION, &f.wait, &f.arena, &version, &space, &f.err));
    ck_assert_str_eq(space.model, "next");
    ASSERT_OK(&f, f.ops->kb_version(f.store, "other", &f.wait, &f.arena, &version, &space, &f.err));
    ck_assert_str_eq(space.model, "test");
    ck_assert_int_eq(version, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(sections_without_a_new_vector_have_none) {
    struct fixture f;
    fixture_open(&f, _i);
    struct seen s;
    const esi_store_document a = a_document(&f, "a", 2, 1);
    put_document(&f, &a);
    changes(&f, 0, &s);
    static const float vector[] = {0.25F, -0.5F, 0.75F, 1.0F};
    const esi_store_space next = {"next", 4};
    const esi_store_vector vectors[] = {{s.last_sections[1].id, vector}};
    ASSERT_OK(&f, f.ops->kb_respace(f.store, COLLECTION, 1, &next, vectors, 1, &f.wait, &f.err));
    changes(&f, 0, &s);
    ck_assert_ptr_null(s.last_sections[0].vector);
    ck_assert_mem_eq(s.last_sections[1].vector, vector, sizeof(vector));
    fixture_close(&f);
}
END_TEST

START_TEST(a_collection_that_changed_meanwhile_stays_in_its_space) {
    struct fixture f;
    fixture_open(&f, _i);
    struct seen s;
    fill_two(&f, &s);
    const esi_store_space next = {"next", 4};
    ASSERT_ERR(&f, ESI_ECONFLICT,
               f.ops->kb_respace(f.store, COLLECTION, 1, &next, NULL, 0, &f.wait, &f.err));
    ck_assert_int_eq(kb_version(&f), 2);
    changes(&f, 0, &s);
    ck_assert_ptr_nonnull(s.last_sections[0].vector);
    fixture_close(&f);
}
END_TEST

START_TEST(a_document_that_fails_leaves_the_old_one_whole) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 3, 1);
    put_document(&f, &a);
    esi_store_document bad = a_document(&f, "a", 4, 2);
    esi_store_section *sections = ARENA_ARRAY(&f.arena, 4, esi_store_section);
    memcpy(sections, bad.sections, 4 * sizeof *sections);
    sections[3].id = sections[0].id;
    bad.sections = sections;
    ck_assert_int_ne(f.ops->kb_upsert(f.store, COLLECTION, &a_space, &bad, NOW, &f.wait, &f.err),
                     ESI_OK);
    struct seen s;
    ck_assert_int_eq(changes(&f, 0, &s), 1);
    ck_assert_str_eq(s.log, "+a:3 ");
    ck_assert_mem_eq(s.last.hash, a.hash, 32);
    fixture_close(&f);
}
END_TEST

START_TEST(passages_come_in_the_order_asked_without_those_that_are_gone) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 2, 1), b = a_document(&f, "b", 1, 1);
    put_document(&f, &a);
    put_document(&f, &b);
    const char *ids[] = {b.sections[0].id, "gone", a.sections[1].id, a.sections[0].id};
    const esi_store_passage *passages;
    size_t count;
    ASSERT_OK(&f, f.ops->kb_fetch(f.store, COLLECTION, ids, 4, &f.wait, &f.arena, &passages, &count,
                                  &f.err));
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(passages[0].section_id, ids[0]);
    ck_assert_str_eq(passages[0].document_id, "b");
    ck_assert_str_eq(passages[0].title, "Title of b");
    ck_assert_str_eq(passages[0].version, "1.0");
    ck_assert_str_eq(passages[0].heading, "b > part 0");
    ck_assert_str_eq(passages[0].text, "text 0 of b");
    ck_assert_str_eq(passages[0].note, "{\"steps\":[]}");
    ck_assert_str_eq(passages[1].section_id, ids[2]);
    ck_assert_ptr_null(passages[1].note);
    ck_assert_str_eq(passages[2].section_id, ids[3]);
    ASSERT_OK(&f, f.ops->kb_fetch(f.store, COLLECTION, ids, 0, &f.wait, &f.arena, &passages, &count,
                                  &f.err));
    ck_assert_uint_eq(count, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(entries_are_listed_by_source_within_a_scope) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_document b = a_document(&f, "b", 1, 1), a = a_document(&f, "a", 1, 2),
                       m = a_document(&f, "m", 1, 3);
    m.scope = "";
    put_document(&f, &b);
    put_document(&f, &a);
    put_document(&f, &m);
    const esi_store_entry *entries;
    size_t count;
    ASSERT_OK(&f, f.ops->kb_entries(f.store, COLLECTION, NULL, &f.wait, &f.arena, &entries, &count,
                                    &f.err));
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(entries[0].id, "a");
    ck_assert_str_eq(entries[0].source, "a.md");
    ck_assert_str_eq(entries[0].scope, "/kb");
    ck_assert_mem_eq(entries[0].hash, a.hash, 32);
    ck_assert_str_eq(entries[2].id, "m");
    ASSERT_OK(&f, f.ops->kb_entries(f.store, COLLECTION, "/kb", &f.wait, &f.arena, &entries, &count,
                                    &f.err));
    ck_assert_uint_eq(count, 2);
    ASSERT_OK(&f, f.ops->kb_entries(f.store, COLLECTION, "", &f.wait, &f.arena, &entries, &count,
                                    &f.err));
    ck_assert_uint_eq(count, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_visit_may_end_it) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 1, 1), b = a_document(&f, "b", 1, 1);
    put_document(&f, &a);
    put_document(&f, &b);
    struct seen s = {.arena = &f.arena, .answer = ESI_ECANCELLED};
    int64_t version = 77;
    ASSERT_ERR(&f, ESI_ECANCELLED,
               f.ops->kb_changes(f.store, COLLECTION, 0, &f.wait, visit, &s, &version, &f.err));
    ck_assert_str_eq(s.log, "+a:1 ");
    ck_assert_int_eq(version, 77);
    ck_assert_str_eq(f.err.message, "the visit says no");
    fixture_close(&f);
}
END_TEST

START_TEST(a_document_without_sections_is_kept) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 0, 1);
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, COLLECTION, NULL, &a, NOW, &f.wait, &f.err));
    struct seen s;
    changes(&f, 0, &s);
    ck_assert_str_eq(s.log, "+a:0 ");
    fixture_close(&f);
}
END_TEST

void add_kb_tests(TCase *cases) {
    ADD(cases, a_collection_that_was_never_seen_is_empty);
    ADD(cases, a_document_comes_back_as_it_was_put);
    ADD(cases, each_change_raises_the_version_and_is_told_once);
    ADD(cases, what_was_removed_is_told_to_those_who_knew_it);
    ADD(cases, removing_nothing_changes_nothing);
    ADD(cases, a_document_with_a_known_source_and_a_new_id_takes_its_place);
    ADD(cases, a_document_takes_the_place_of_the_one_with_its_id_and_the_one_with_its_source);
    ADD(cases, collections_do_not_meet);
    ADD(cases, vectors_of_another_space_are_refused);
    ADD(cases, a_collection_that_was_emptied_takes_another_space);
    ADD(cases, a_collection_moves_to_another_space);
    ADD(cases, sections_without_a_new_vector_have_none);
    ADD(cases, a_collection_that_changed_meanwhile_stays_in_its_space);
    ADD(cases, a_document_that_fails_leaves_the_old_one_whole);
    ADD(cases, passages_come_in_the_order_asked_without_those_that_are_gone);
    ADD(cases, entries_are_listed_by_source_within_a_scope);
    ADD(cases, a_visit_may_end_it);
    ADD(cases, a_document_without_sections_is_kept);
}
