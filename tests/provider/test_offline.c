#include "provider/offline.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/vector.h"
#include "small_stack.h"
#include "tap.h"

static esi_provider *provider;

static void setup(void) {
    const esi_provider_config config = {.size = sizeof(config)};
    ck_assert_int_eq(offline_ops.open(&config, &provider, NULL), ESI_OK);
}

static void teardown(void) {
    offline_ops.close(provider);
}

static esi_err embed_as(struct view text, bool query, float *vector) {
    const esi_text one = {text.p, text.n};
    const esi_embed_request request = {.size = sizeof(request),
                                       .texts = &one,
                                       .count = 1,
                                       .query = query,
                                       .wait = wait_for_ms(10000, NULL)};
    return offline_ops.embed(provider, &request, vector, NULL);
}

static esi_err embed(struct view text, float *vector) {
    return embed_as(text, false, vector);
}

static float cosine(const char *a, const char *b) {
    float x[OFFLINE_DIMENSIONS];
    float y[OFFLINE_DIMENSIONS];
    ck_assert_int_eq(embed(view_of(a), x), ESI_OK);
    ck_assert_int_eq(embed(view_of(b), y), ESI_OK);
    return vector_cosine(x, y, OFFLINE_DIMENSIONS);
}

START_TEST(it_is_local_and_makes_vectors_only) {
    esi_provider_info info;
    offline_ops.info(provider, &info);
    ck_assert_str_eq(info.name, "offline");
    ck_assert_str_eq(info.embedding_model, "esi-words-2");
    ck_assert_ptr_null(info.chat_model);
    ck_assert_int_eq(info.dimensions, OFFLINE_DIMENSIONS);
    ck_assert(info.local);
    ck_assert_ptr_null((void *)(uintptr_t)offline_ops.answer);
}
END_TEST

/* Stored vectors are compared by the model's name: whoever changes what this prints changes the
 * name. */
START_TEST(a_model_of_this_name_gives_these_vectors) {
    static const struct {
        const char *text;
        uint64_t hash;
    } rows[] = {
        {"The VPN drops every few minutes", UINT64_C(0xa17046a6d3043aca)},
        {"KE-1042: ERR_VPN_TIMEOUT on lab-7 (10.0.3.7), see /etc/hosts",
         UINT64_C(0x36b4b04f438572f4)},
        {"Die Verbindung bricht ab; 虚拟机无法启动", UINT64_C(0xfa2208e9307d0dbf)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        float v[OFFLINE_DIMENSIONS];
        uint8_t bytes[sizeof(v)];
        ck_assert_int_eq(embed(view_of(rows[i].text), v), ESI_OK);
        vector_encode(v, OFFLINE_DIMENSIONS, bytes);
        const uint64_t hash = view_hash((struct view){(const char *)bytes, sizeof(bytes)});
        ck_assert_msg(hash == rows[i].hash, "%zu: 0x%016llx", i, (unsigned long long)hash);
    }
}
END_TEST

START_TEST(a_vector_depends_on_its_text_alone) {
    float before[OFFLINE_DIMENSIONS];
    float after[OFFLINE_DIMENSIONS];
    ck_assert_int_eq(embed(VIEW("reset the machine"), before), ESI_OK);
    ck_assert_int_eq(embed(VIEW("something else entirely"), after), ESI_OK);
    ck_assert_int_eq(embed(VIEW("reset the machine"), after), ESI_OK);
    ck_assert_mem_eq(before, after, sizeof(before));
}
END_TEST

START_TEST(case_and_spelling_variants_are_the_same) {
    ck_assert_float_ge(cosine("RESET  my Password", "reset my password"), 0.9999F);
    ck_assert_float_ge(cosine("connections", "connection"), 0.7F);
}
END_TEST

START_TEST(like_questions_are_nearer_than_others) {
    static const struct {
        const char *question, *near, *far;
    } rows[] = {
        {"the vpn keeps dropping", "Dropped VPN connections", "Grading of the exercises"},
        {"I forgot my passwrd", "Resetting a forgotten password", "Booking a range"},
        {"reboot the vm", "Restart your machine", "Contact the instructor"},
        {"my box is sluggish", "The machine is slow", "The clock is wrong"},
        {"can't log in", "Problems with signing in", "Snapshots of a machine"},
        {"what does KE-1042 mean", "KE-1042: tunnel refused", "KE-2077: disk full"},
        {"may I swap seats with a friend", "Exchanging places", "Printing a display"},
        {"is there audio", "Sound", "Deadlines"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const float near = cosine(rows[i].question, rows[i].near);
        const float far = cosine(rows[i].question, rows[i].far);
        ck_assert_msg(near > far + 0.1F, "%s: %.2f and %.2f", rows[i].question, (double)near,
                      (double)far);
    }
}
END_TEST

START_TEST(a_passage_is_about_what_stands_first) {
    float question[OFFLINE_DIMENSIONS];
    float first[OFFLINE_DIMENSIONS];
    float last[OFFLINE_DIMENSIONS];
    ck_assert_int_eq(embed_as(VIEW("printer"), true, question), ESI_OK);
    ck_assert_int_eq(embed(VIEW("Printer\nAsk the instructor for the folder of the course, choose "
                                "a password and close the window before the deadline"),
                           first),
                     ESI_OK);
    ck_assert_int_eq(
        embed(VIEW("Ask the instructor for the folder of the course, choose a password "
                   "and close the window before the deadline\nPrinter"),
              last),
        ESI_OK);
    ck_assert_float_gt(vector_cosine(question, first, OFFLINE_DIMENSIONS),
                       vector_cosine(question, last, OFFLINE_DIMENSIONS) + 0.05F);
}
END_TEST

/* What is asked may stand at the end of a question. */
START_TEST(a_question_is_about_all_of_it) {
    float forth[OFFLINE_DIMENSIONS];
    float back[OFFLINE_DIMENSIONS];
    ck_assert_int_eq(embed_as(VIEW("printer, paper, folder"), true, forth), ESI_OK);
    ck_assert_int_eq(embed_as(VIEW("folder, paper, printer"), true, back), ESI_OK);
    ck_assert_float_ge(vector_cosine(forth, back, OFFLINE_DIMENSIONS), 0.9F);
    ck_assert_int_eq(embed(VIEW("printer, paper, folder"), forth), ESI_OK);
    ck_assert_float_ge(vector_cosine(forth, back, OFFLINE_DIMENSIONS), 0.9F);
}
END_TEST

START_TEST(a_text_of_unknown_words_has_length_1) {
    float v[OFFLINE_DIMENSIONS];
    ck_assert_int_eq(embed(VIEW("Соединение с машиной обрывается"), v), ESI_OK);
    ck_assert_float_eq_tol(vector_dot(v, v, OFFLINE_DIMENSIONS), 1.0F, 1e-5F);
}
END_TEST

START_TEST(texts_without_words_have_a_direction) {
    static const char *const empty[] = {"", "  ", "...", "the of and"};
    for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++) {
        ck_assert_float_eq(cosine(empty[i], empty[0]), 1.0F);
    }
}
END_TEST

/* A text that is all words, as many as a message can hold and more. */
static void embed_long(void *context) {
    static char text[200000];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = i % 6 == 5 ? ' ' : (char)('a' + (i * i / 7 + i / 6) % 26);
    }
    float v[OFFLINE_DIMENSIONS];
    *(esi_err *)context = embed((struct view){text, sizeof(text)}, v);
}

START_TEST(a_long_text_needs_little_stack) {
    esi_err code = ESI_EINTERNAL;
    const size_t used = small_stack_run(embed_long, &code);
    ck_assert_int_eq(code, ESI_OK);
    ck_assert_uint_gt(used, 0);
    ck_assert_uint_lt(used, SMALL_STACK_OURS);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("offline");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, it_is_local_and_makes_vectors_only);
    tcase_add_test(t, a_model_of_this_name_gives_these_vectors);
    tcase_add_test(t, a_vector_depends_on_its_text_alone);
    tcase_add_test(t, case_and_spelling_variants_are_the_same);
    tcase_add_test(t, like_questions_are_nearer_than_others);
    tcase_add_test(t, a_passage_is_about_what_stands_first);
    tcase_add_test(t, a_question_is_about_all_of_it);
    tcase_add_test(t, a_text_of_unknown_words_has_length_1);
    tcase_add_test(t, texts_without_words_have_a_direction);
    tcase_add_test(t, a_long_text_needs_little_stack);
    return tap_run("provider/offline", t);
}
