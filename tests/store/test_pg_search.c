/* What the database finds by itself: of one collection, of what a role may see, and all of it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "pg_control.h"
#include "store/pg_parts.h"
#include "store_contract.h"
#include "tap.h"

static struct fixture f;

/* ---- documents ------------------------------------------------------------------------------- */

struct doc {
    const char *id, *text;
    uint32_t roles;
    const char *standing; /* NULL: current */
    const float *vector;  /* of a_space; NULL: 1 0 0 0 */
};

static const float east[4] = {1, 0, 0, 0}, north[4] = {0, 1, 0, 0};

static void put_in(const char *collection, struct doc d) {
    const esi_store_section section = {.id = fixture_id(&f),
                                       .heading = "Part",
                                       .text = d.text,
                                       .vector = d.vector != NULL ? d.vector : east};
    const esi_store_document document = {.id = d.id,
                                         .source = d.id,
                                         .scope = "",
                                         .title = d.id,
                                         .version = "1",
                                         .updated = "",
                                         .standing = d.standing != NULL ? d.standing : "current",
                                         .language = "en",
                                         .roles = d.roles,
                                         .meta = "{}",
                                         .sections = &section,
                                         .section_count = 1};
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, collection, &a_space, &document, NOW, &f.wait, &f.err));
}

static void put(struct doc d) {
    put_in(COLLECTION, d);
}

/* ---- searches -------------------------------------------------------------------------------- */

struct seen {
    char ids[2048]; /* "a b c" */
    size_t sections;
    size_t vectors;
};

static esi_err see(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    struct seen *seen = context;
    (void)gone;
    (void)err;
    if (strlen(seen->ids) < sizeof seen->ids - 80) {
        strcat(seen->ids, seen->ids[0] != '\0' ? " " : "");
        strncat(seen->ids, d->id, 70);
    }
    seen->sections += d->section_count;
    for (size_t i = 0; i < d->section_count; i++) {
        seen->vectors += d->sections[i].vector != NULL;
    }
    return ESI_OK;
}

static esi_store_found found;

static struct seen search(esi_store_search query) {
    struct seen seen = {0};
    query.most = query.most > 0 ? query.most : 60;
    query.dimensions = query.dimensions > 0 ? query.dimensions : 4;
    query.sections = 100;
    f.wait = wait_for_ms(60000, NULL); /* making an index may have taken the time before */
    ASSERT_OK(&f, f.ops->kb_search(f.store, COLLECTION, &query, &f.wait, &f.arena, see, &seen,
                                   &found, &f.err));
    return seen;
}

static struct seen search_words(const char *words) {
    return search((esi_store_search){.words = words, .language = "en"});
}

/* ---- what is seen ---------------------------------------------------------------------------- */

START_TEST(a_role_finds_what_it_may_see) {
    fixture_open(&f, _i);
    put((struct doc){.id = "all", .text = "The badge opens the door."});
    put((struct doc){.id = "two", .text = "The badge opens the door.", .roles = 2});
    put((struct doc){.id = "four", .text = "The badge opens the door.", .roles = 4});
    put((struct doc){.id = "six", .text = "The badge opens the door.", .roles = 6});
    const struct seen words = search((esi_store_search){.words = "badge", .role = 2});
    ck_assert_str_eq(words.ids, "all six two");
    ck_assert_uint_eq(words.vectors, 0);
    const struct seen near = search((esi_store_search){.vector = east, .role = 4});
    ck_assert_str_eq(near.ids, "all four six");
    ck_assert_uint_eq(near.vectors, 3);
    ck_assert_str_eq(search((esi_store_search){.vector = east, .role = 32}).ids, "all");
    ck_assert_str_eq(search((esi_store_search){.vector = east}).ids, "all four six two");
    fixture_close(&f);
}
END_TEST

START_TEST(two_collections_never_see_each_other) {
    fixture_open(&f, _i);
    put((struct doc){.id = "ours", .text = "The badge opens the door."});
    put_in("other", (struct doc){.id = "theirs", .text = "The badge opens the door."});
    ck_assert_str_eq(search_words("badge door").ids, "ours");
    ck_assert_int_eq(found.words[0].count, 1);
    ck_assert_str_eq(search((esi_store_search){.vector = east}).ids, "ours");
    fixture_close(&f);
}
END_TEST

START_TEST(what_is_quarantined_is_not_found) {
    fixture_open(&f, _i);
    put((struct doc){.id = "bad", .text = "The badge.", .standing = "quarantined"});
    put((struct doc){.id = "old", .text = "The badge.", .standing = "deprecated"});
    ck_assert_str_eq(search((esi_store_search){.words = "badge", .vector = east}).ids, "old");
    fixture_close(&f);
}
END_TEST

START_TEST(an_empty_collection_has_version_0) {
    fixture_open(&f, _i);
    ck_assert_str_eq(search((esi_store_search){.words = "badge", .vector = east}).ids, "");
    ck_assert_int_eq(found.version, 0);
    put_in("other", (struct doc){.id = "theirs", .text = "badge"});
    put((struct doc){.id = "ours", .text = "badge"});
    put((struct doc){.id = "more", .text = "badge"});
    search_words("badge");
    ck_assert_int_eq(found.version, 2);
    fixture_close(&f);
}
END_TEST

/* ---- words ----------------------------------------------------------------------------------- */

START_TEST(sections_with_more_of_the_words_come_first) {
    fixture_open(&f, 0);
    put((struct doc){.id = "both", .text = "The badge opens the turnstile."});
    put((struct doc){.id = "door", .text = "The door has a turnstile."});
    put((struct doc){.id = "none", .text = "Bread is baked at noon."});
    put((struct doc){.id = "one", .text = "A badge is worn."});
    ck_assert_str_eq(search((esi_store_search){.words = "badges at turnstiles", .most = 1}).ids,
                     "both");
    ck_assert_str_eq(search_words("badges at turnstiles").ids, "both door one");
    ck_assert_str_eq(search_words("badges of elephants").ids, "both one");
    fixture_close(&f);
}
END_TEST

START_TEST(the_words_are_told_with_how_many_sections_have_them) {
    fixture_open(&f, 0);
    put((struct doc){.id = "a", .text = "The badge opens the door."});
    put((struct doc){.id = "b", .text = "A badge is worn."});
    search_words("is the badge for elephants?");
    ck_assert_uint_eq(found.word_count, 2);
    ck_assert_str_eq(found.words[0].name, "badg");
    ck_assert_int_eq(found.words[0].count, 2);
    ck_assert_str_eq(found.words[1].name, "eleph");
    ck_assert_int_eq(found.words[1].count, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(odd_questions_are_no_errors) {
    static const char *const odd[] = {"",
                                      "   ",
                                      "& | ! ( ) :* <-> '' \\ \"",
                                      "it's a 'quoted' back\\slash",
                                      "the of and",
                                      "badge & !door | (",
                                      "C:\\temp\\x's",
                                      "%s %n $1 ; DROP TABLE kb_sections; --"};
    fixture_open(&f, 0);
    put((struct doc){.id = "a", .text = "The badge opens C:\\temp\\x's door."});
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        search_words(odd[i]);
    }
    ck_assert_str_eq(search_words("badge & !door | (").ids, "a");
    ck_assert_str_eq(search_words("C:\\temp\\x's").ids, "a");
    fixture_close(&f);
}
END_TEST

START_TEST(a_language_without_spaces_is_found) {
    fixture_open(&f, 0);
    put((struct doc){.id = "zh", .text = "\u6253\u5370\u673a\u5361\u7eb8\u4e86\u3002"});
    put((struct doc){.id = "en", .text = "Paper."});
    ck_assert_str_eq(
        search((esi_store_search){.words = "\u6253\u5370\u673a", .language = "zh"}).ids, "zh");
    fixture_close(&f);
}
END_TEST

/* Twelve hundred sections have "cable", every third of them "red", and one "lantern". */
static void put_many(int rows, const char *vector) {
    put((struct doc){.id = "first", .text = "A lantern.", .vector = north});
    pg_control("sql main %s INSERT INTO kb_documents (collection, id, source, scope, title, "
               "version, updated, standing, language, roles, hash, sections, changed, at) "
               "SELECT collection, 'many', 'many', '', 'many', '1', '', 'current', 'en', 0, hash, "
               "%d, 1, at FROM kb_documents",
               f.name, rows);
    pg_control("sql main %s INSERT INTO kb_sections (id, document, collection, roles, searched, "
               "ordinal, line, heading, text, hash, words) SELECT gen_random_uuid(), d.number, "
               "d.collection, 0, true, i, 1, 'h', 't', d.hash, array_to_tsvector(CASE WHEN i %% 3 "
               "= 0 THEN array['cabl', 'red'] ELSE array['cabl'] END) FROM kb_documents d, "
               "generate_series(0, %d) i WHERE d.id = 'many'",
               f.name, rows - 1);
    pg_control("sql main %s INSERT INTO embeddings SELECT s.number, c.space, 0, true, %s FROM "
               "kb_sections s JOIN collections c ON c.number = s.collection WHERE s.text = 't'",
               f.name, vector);
}

START_TEST(words_that_stand_everywhere_find_sections_too) {
    fixture_open(&f, 0);
    put_many(1200, "array[1, 0, 0, s.ordinal % 7]::real[]::vector");
    pg_control("sql main %s ANALYZE kb_sections", f.name);
    ck_assert_str_eq(search_words("lantern on the cable").ids, "first many");
    ck_assert_int_eq(found.words[0].count, 1);
    ck_assert_int_ge(found.words[1].count, 1000);
    const struct seen one = search_words("cable");
    ck_assert_str_eq(one.ids, "many");
    ck_assert_uint_ge(one.sections, 60);
    const struct seen both = search_words("red cable");
    ck_assert_uint_eq(both.sections, 60);
    fixture_close(&f);
}
END_TEST

/* ---- vectors --------------------------------------------------------------------------------- */

static void make_index(int dimensions, const char *type) {
    const char *space = pg_control("sql main %s SELECT space FROM collections", f.name);
    char number[16];
    snprintf(number, sizeof number, "%d", atoi(space));
    pg_control("sql main %s CREATE INDEX embeddings_space_%s ON embeddings USING hnsw "
               "((vector::%s(%d)) %s_cosine_ops) WITH (m = 6, ef_construction = 24) "
               "WHERE space = %s",
               f.name, number, type, dimensions, type, number);
    pg_control("sql main %s ANALYZE embeddings", f.name);
}

START_TEST(many_vectors_are_searched_by_their_index) {
    fixture_open(&f, _i);
    put_many(9000, "array[1, sin(s.ordinal), cos(s.ordinal * 0.7), 0.1]::real[]::vector");
    struct seen all = search((esi_store_search){.vector = north});
    ck_assert(!found.indexed);
    ck_assert_uint_eq(all.sections, 60);
    make_index(4, "vector");
    struct seen fast = search((esi_store_search){.vector = north, .role = 2});
    ck_assert(found.indexed);
    ck_assert(!found.mended);
    ck_assert_uint_eq(fast.sections, 60);
    ck_assert_ptr_nonnull(strstr(fast.ids, "many"));
    fixture_close(&f);
}
END_TEST

START_TEST(what_the_index_gives_too_few_of_is_searched_without_it_and_counted) {
    fixture_open(&f, 0);
    put_many(9000, "array[0, 0, 0, 0]::real[]::vector"); /* which it has no place for */
    make_index(4, "vector");
    esi_store_finding finding;
    ASSERT_OK(&f, pg_search_finding(f.store, &f.arena, &finding, &f.err));
    ck_assert(finding.ok);
    const struct seen seen = search((esi_store_search){.vector = north});
    ck_assert(found.mended);
    ck_assert_uint_eq(seen.sections, 60);
    ck_assert_ptr_nonnull(strstr(seen.ids, "first"));
    ASSERT_OK(&f, pg_search_finding(f.store, &f.arena, &finding, &f.err));
    ck_assert(!finding.ok);
    ck_assert_ptr_nonnull(strstr(finding.detail, "1 searches"));
    fixture_close(&f);
}
END_TEST

START_TEST(an_index_that_is_not_valid_is_not_used) {
    fixture_open(&f, 0);
    put_many(9000, "array[1, sin(s.ordinal), 0, 0.1]::real[]::vector");
    make_index(4, "vector");
    pg_control("sql main %s UPDATE pg_index SET indisvalid = false WHERE "
               "indexrelid::regclass::text LIKE 'embeddings_space_%%'  AND indpred IS NOT NULL",
               f.name);
    const struct seen seen = search((esi_store_search){.vector = north});
    ck_assert(!found.indexed);
    ck_assert_uint_eq(seen.sections, 60);
    fixture_close(&f);
}
END_TEST

static void search_wide(int dimensions) {
    fixture_open(&f, 0);
    float *vector = ARENA_ARRAY(&f.arena, (size_t)dimensions, float);
    const esi_store_space space = {"wide", dimensions};
    esi_store_document d = a_document(&f, "wide", 2, 1);
    esi_store_section sections[2] = {d.sections[0], d.sections[1]};
    float *other = ARENA_ARRAY(&f.arena, (size_t)dimensions, float);
    vector[dimensions - 1] = 1.0f;
    other[0] = 1.0f;
    sections[0].vector = vector;
    sections[1].vector = other;
    d.sections = sections;
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, COLLECTION, &space, &d, NOW, &f.wait, &f.err));
    if (dimensions <= 4000) {
        make_index(dimensions, "halfvec");
    }
    const struct seen seen =
        search((esi_store_search){.vector = vector, .dimensions = dimensions, .most = 1});
    ck_assert_uint_eq(seen.sections, 1);
    ck_assert_uint_eq(seen.vectors, 1);
    fixture_close(&f);
}

START_TEST(vectors_of_2001_dimensions_are_found) {
    search_wide(2001);
}
END_TEST

START_TEST(vectors_of_4001_dimensions_are_found) {
    search_wide(4001);
}
END_TEST

START_TEST(half_vectors_have_an_index) {
    fixture_open(&f, 0);
    float *vector = ARENA_ARRAY(&f.arena, 2001, float);
    const esi_store_space space = {"wide", 2001};
    esi_store_document d = a_document(&f, "wide", 1, 1);
    esi_store_section section = d.sections[0];
    vector[3] = 1.0f;
    section.vector = vector;
    d.sections = &section;
    d.roles = 0;
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, COLLECTION, &space, &d, NOW, &f.wait, &f.err));
    pg_control("sql main %s INSERT INTO kb_sections (id, document, collection, roles, searched, "
               "ordinal, line, heading, text, hash, words) SELECT gen_random_uuid(), d.number, "
               "d.collection, 0, true, i, 1, 'h', 't', d.hash, '' FROM kb_documents d, "
               "generate_series(1, 8100) i",
               f.name);
    pg_control("sql main %s INSERT INTO embeddings SELECT s.number, c.space, 0, true, "
               "(array_fill(0.001::real, array[2000]) || (s.ordinal %% 97)::real)::vector "
               "FROM kb_sections s JOIN collections c ON c.number = s.collection WHERE "
               "s.text = 't'",
               f.name);
    make_index(2001, "halfvec");
    const struct seen seen =
        search((esi_store_search){.vector = vector, .dimensions = 2001, .most = 10});
    ck_assert(found.indexed);
    ck_assert_uint_eq(seen.sections, 10);
    ck_assert_ptr_nonnull(strstr(seen.ids, "wide"));
    fixture_close(&f);
}
END_TEST

START_TEST(a_vector_of_another_length_is_an_error) {
    struct seen seen = {0};
    fixture_open(&f, 0);
    put((struct doc){.id = "a", .text = "badge"});
    const esi_store_search query = {.vector = east, .dimensions = 3, .most = 10};
    ASSERT_ERR(&f, ESI_EDIM,
               f.ops->kb_search(f.store, COLLECTION, &query, &f.wait, &f.arena, see, &seen, &found,
                                &f.err));
    fixture_close(&f);
}
END_TEST

/* ---- a replica ------------------------------------------------------------------------------- */

static void open_with_replica(const char *replica) {
    const esi_store_config config = {
        .size = sizeof config, .url = f.url, .replica_url = replica, .wait = f.wait};
    f.ops->close(f.store);
    ASSERT_OK(&f, f.ops->open(&config, &f.store, &f.err));
}

START_TEST(a_replica_is_asked_first_and_believed_where_it_is_not_behind) {
    fixture_open(&f, 0);
    put((struct doc){.id = "a", .text = "badge"});
    open_with_replica(f.url);
    ck_assert_str_eq(search((esi_store_search){.words = "badge", .version = 1}).ids, "a");
    ck_assert(found.by_replica);
    ck_assert_str_eq(search((esi_store_search){.words = "badge", .version = 2}).ids, "a");
    ck_assert(!found.by_replica);
    fixture_close(&f);
}
END_TEST

START_TEST(without_its_replica_the_primary_is_asked) {
    fixture_open(&f, 0);
    put((struct doc){.id = "a", .text = "badge"});
    open_with_replica("postgres://desk_serve@127.0.0.1:1/gone");
    ck_assert_str_eq(search_words("badge").ids, "a");
    ck_assert(!found.by_replica);
    fixture_close(&f);
}
END_TEST

/* ---- the catalogue --------------------------------------------------------------------------- */

struct listed {
    size_t documents, sections, gone;
    bool light;
};

static esi_err list_one(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    struct listed *listed = context;
    (void)err;
    listed->gone += gone;
    listed->documents += !gone;
    for (size_t i = 0; !gone && i < d->section_count; i++) {
        const esi_store_section *s = &d->sections[i];
        listed->light &= s->text[0] == '\0' && s->note == NULL && s->vector == NULL;
        listed->sections += s->heading[0] != '\0' && s->ordinal == (int32_t)i;
    }
    return ESI_OK;
}

START_TEST(the_catalogue_tells_where_sections_stand_and_nothing_else) {
    struct listed all = {.light = true}, changed = {.light = true};
    int64_t version = 0, later = 0;
    fixture_open(&f, 0);
    const esi_store_document a = a_document(&f, "a", 3, 1), b = a_document(&f, "b", 2, 1);
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, COLLECTION, &a_space, &a, NOW, &f.wait, &f.err));
    ASSERT_OK(
        &f, f.ops->kb_catalogue(f.store, COLLECTION, 0, &f.wait, list_one, &all, &version, &f.err));
    ck_assert_uint_eq(all.documents, 1);
    ck_assert_uint_eq(all.sections, 3);
    ck_assert(all.light);
    size_t removed;
    const char *id = "a";
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, COLLECTION, &a_space, &b, NOW, &f.wait, &f.err));
    ASSERT_OK(&f, f.ops->kb_remove(f.store, COLLECTION, &id, 1, NOW, &f.wait, &removed, &f.err));
    ASSERT_OK(&f, f.ops->kb_catalogue(f.store, COLLECTION, version, &f.wait, list_one, &changed,
                                      &later, &f.err));
    ck_assert_uint_eq(changed.documents, 1);
    ck_assert_uint_eq(changed.gone, 1);
    ck_assert_int_eq(later, version + 2);
    fixture_close(&f);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("pg_search");
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    tcase_add_loop_test(t, a_role_finds_what_it_may_see, 0, store_row_count());
    tcase_add_loop_test(t, two_collections_never_see_each_other, 0, store_row_count());
    tcase_add_loop_test(t, what_is_quarantined_is_not_found, 0, store_row_count());
    tcase_add_loop_test(t, an_empty_collection_has_version_0, 0, store_row_count());
    tcase_add_test(t, sections_with_more_of_the_words_come_first);
    tcase_add_test(t, the_words_are_told_with_how_many_sections_have_them);
    tcase_add_test(t, odd_questions_are_no_errors);
    tcase_add_test(t, a_language_without_spaces_is_found);
    tcase_add_test(t, words_that_stand_everywhere_find_sections_too);
    tcase_add_loop_test(t, many_vectors_are_searched_by_their_index, 0, store_row_count());
    tcase_add_test(t, what_the_index_gives_too_few_of_is_searched_without_it_and_counted);
    tcase_add_test(t, an_index_that_is_not_valid_is_not_used);
    tcase_add_test(t, vectors_of_2001_dimensions_are_found);
    tcase_add_test(t, vectors_of_4001_dimensions_are_found);
    tcase_add_test(t, half_vectors_have_an_index);
    tcase_add_test(t, a_vector_of_another_length_is_an_error);
    tcase_add_test(t, a_replica_is_asked_first_and_believed_where_it_is_not_behind);
    tcase_add_test(t, without_its_replica_the_primary_is_asked);
    tcase_add_test(t, the_catalogue_tells_where_sections_stand_and_nothing_else);
    return tap_run("store/pg_search", t);
}
