/* A snapshot of a part of a collection: what it is weighed by, and what only has its place. */
#include "core/index.h"

#include "collection.h"
#include "tap.h"

static const struct sample samples[] = {
    {"kb-door", "Doors", "", "Badges", "The badge opens the turnstile.", 0, NULL},
    {"kb-door", "Doors", "", "Readers", "A reader blinks at the badge.", 0, NULL},
    {"kb-tea", "Kitchen", "", "Kettles", "The kettle whistles.", 0, NULL},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static struct index_query query;
static esi_arena arena;

static float weight_of(const struct index *index, const char *text) {
    collection_ask(index, text, &arena, &query);
    ck_assert_uint_eq(query.term_count, 1);
    return query.terms[0].weight;
}

START_TEST(words_are_weighed_by_what_the_collection_has_of_them) {
    struct index *part = collection_build(samples, SAMPLES, 0);
    const float alone = weight_of(part, "turnstile");
    const struct index_count counts[] = {{VIEW("turnstil"), 20000}, {VIEW("badg"), 3}};
    ck_assert_int_eq(index_set_collection(part, 50000, counts, 2, NULL), ESI_OK);
    ck_assert_uint_eq(index_sections(part), 3);
    ck_assert_uint_eq(index_collection(part), 50000);
    const float common = weight_of(part, "turnstile"), rare = weight_of(part, "badge");
    ck_assert(common < 0.5f * alone);
    ck_assert(rare > common);
    ck_assert(index_tells(part, VIEW("turnstil")) < 0.2);
    ck_assert(index_tells(part, VIEW("badg")) > 0.9);
    index_unref(part);
    arena_clear(&arena);
}
END_TEST

START_TEST(a_whole_collection_is_weighed_by_itself) {
    struct index *all = collection_build(samples, SAMPLES, 0);
    ck_assert_uint_eq(index_collection(all), index_sections(all));
    index_unref(all);
}
END_TEST

START_TEST(an_unread_section_has_its_place_and_is_never_found) {
    const struct index_section_in sections[] = {
        {.id = VIEW("a"), .heading = VIEW("Lost badges"), .unread = true},
        {.id = VIEW("b"), .heading = VIEW("Readers"), .text = VIEW("See \"Lost badges\" above.")},
    };
    const struct index_document_in in = {.id = VIEW("kb-door"),
                                         .title = VIEW("Doors"),
                                         .language = VIEW("en"),
                                         .sections = sections,
                                         .section_count = 2};
    struct index_document *document = NULL;
    struct index *index = NULL;
    struct index_hit *hits;
    size_t count;
    ck_assert_int_eq(index_document_create(&in, 0, &document, NULL), ESI_OK);
    ck_assert_int_eq(index_build(NULL, NULL, 0, &document, 1, 1, 0, &index, NULL), ESI_OK);
    ck_assert_uint_eq(index_sections(index), 2);
    ck_assert(view_eq(index_section_id(index, 0), VIEW("a")));
    ck_assert(view_eq(index_section_heading(index, 0), VIEW("Lost badges")));
    ck_assert(index_quotes_heading(index, 1, 0));
    collection_ask(index, "badges at the doors", &arena, &query);
    ck_assert_int_eq(index_search(index, &query, 10, &arena, &hits, &count, NULL), ESI_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(hits[0].section, 1);
    index_unref(index);
    index_document_unref(document);
    arena_clear(&arena);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("index_part");
    tcase_add_test(t, words_are_weighed_by_what_the_collection_has_of_them);
    tcase_add_test(t, a_whole_collection_is_weighed_by_itself);
    tcase_add_test(t, an_unread_section_has_its_place_and_is_never_found);
    return tap_run("core/index_part", t);
}
