#include "core/claim.h"

#include "tap.h"

static esi_arena arena;
static esi_error err;

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

static struct claims claims_of(const char *heading, const char *fact) {
    struct note_item item = {.kind = NOTE_FACT, .text = view_of(fact)};
    const struct note note = {.items = &item, .count = 1};
    struct claims out;
    ck_assert_int_eq(claims_of_note(&note, view_of(heading), &arena, &out, &err), ESI_OK);
    return out;
}

static const struct {
    const char *heading, *fact;
    const char *other_heading, *other_fact;
    bool differ;
} pairs[] = {
    {"How long are recordings kept?", "For 30 days after the call.", "How long things are kept",
     "War room recordings: Kept for: 60 days; Counted from: end of the call.", true},
    {"Ports", "The gauge listens on `tcp/8443`.", "Addresses", "The gauge listens on tcp/7443.",
     true},
    {"Machines", "A tether profile works on three machines.", "Installing",
     "One tether profile works on two machines at a time.", true},
    /* the same figure */
    {"Kept", "Recordings are kept for 60 days.", "Kept", "Recordings are kept for 60 days.", false},
    {"Kept", "Recordings are kept for 24 hours.", "Kept", "Recordings are kept for one day.",
     false},
    /* other things */
    {"Recordings", "Recordings are kept for 30 days.", "Accounts",
     "A locked account opens after three days.", false},
    /* figures that are of different things by their size */
    {"Recordings", "Long recordings take two hours to process.", "Recordings",
     "Recordings are kept for 60 days.", false},
    /* names with digits are no figures */
    {"Codes", "TW-310 means that the buffer is full.", "Codes",
     "TW-322 means that the buffer is full.", false},
};

START_TEST(other_figures_of_the_same_thing_differ) {
    const struct claims a = claims_of(pairs[_i].heading, pairs[_i].fact);
    const struct claims b = claims_of(pairs[_i].other_heading, pairs[_i].other_fact);
    ck_assert_int_eq(claims_differ(&a, &b, NULL) >= 0.4, pairs[_i].differ);
    ck_assert_int_eq(claims_differ(&b, &a, NULL) >= 0.4, pairs[_i].differ);
}
END_TEST

static const struct {
    const char *message;
    bool any, doubts;
    const char *source;
} sources[] = {
    {"The recordings page says they are kept for 30 days. Is that right?", true, true,
     "The recordings page"},
    {"a mate told me five wrong pins lock the card", true, false, "a mate"},
    {"according to the printed handout it is tcp/1194", true, false, "to the printed handout"},
    {"'accounts and roles' says ten tries, correct?", true, true, "accounts and roles"},
    {"kb-mfa-2023 says a code stays valid for five minutes. still true?", true, true,
     "kb-mfa-2023"},
    {"the portal says that no seat is free", false, false, ""},
    {"for how many days is a profile valid", false, false, ""},
    {"the page about locks says 60 minutes though", true, true, "the page about locks"},
};

START_TEST(what_a_claim_is_from_is_found) {
    const struct view message = view_of(sources[_i].message);
    struct claim_source source;
    ck_assert_int_eq(claim_source_of(message, &arena, &source, &err), ESI_OK);
    ck_assert_int_eq(source.any, sources[_i].any);
    ck_assert_int_eq(source.doubts, sources[_i].doubts);
    const struct view said =
        source.any ? view_slice(message, source.from, source.to) : (struct view){"", 0};
    ck_assert_msg(view_eq(said, view_of(sources[_i].source)), "%.*s", (int)said.n, said.p);
}
END_TEST

START_TEST(a_figure_that_only_one_of_them_states_is_repeated) {
    const struct claims lost = claims_of("Kept", "Berths are kept for seven days.");
    const struct claims won = claims_of("Kept", "Berths are kept for 21 days.");
    struct claims said;
    ck_assert_int_eq(claims_of_text(VIEW("it says 7 days"), &arena, &said, &err), ESI_OK);
    ck_assert(claims_repeat(&said, &lost, &won));
    ck_assert(!claims_repeat(&said, &won, &lost));
    size_t item = 7;
    ck_assert(claims_answer(&said, &won, &item) > 0.0);
    ck_assert_uint_eq(item, 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("claim");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, other_figures_of_the_same_thing_differ, 0,
                        sizeof(pairs) / sizeof(pairs[0]));
    tcase_add_loop_test(t, what_a_claim_is_from_is_found, 0, sizeof(sources) / sizeof(sources[0]));
    tcase_add_test(t, a_figure_that_only_one_of_them_states_is_repeated);
    return tap_run("core/claim", t);
}
