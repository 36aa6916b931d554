/* test_scratch.c: a desk on a copy of what a store knows. */
#include "fixture.h"

static char path[] = "/tmp/esihelp-scratch-XXXXXX";

static void make_file(void) {
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
}

static esi_err open_at(bool scratch, esi_desk **out, esi_error *err) {
    esi_options options = ESI_OPTIONS_INIT;
    options.store = path;
    options.provider = "offline";
    options.scratch = scratch;
    return esi_desk_open(&options, out, err);
}

/* A store with two documents and a conversation. */
static void fill(void) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    make_file();
    must(open_at(false, &desk, &err), &err);
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    esi_reply_free(ask(desk, "live", "The printer shows a paper jam"));
    esi_desk_close(desk);
}

static void remove_file(void) {
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        unlink(name);
    }
}

START_TEST(it_answers_as_the_store_does) {
    esi_error err = {0};
    esi_desk *live = NULL;
    esi_desk *scratch = NULL;
    fill();
    must(open_at(false, &live, &err), &err);
    must(open_at(true, &scratch, &err), &err);
    esi_reply *one = ask(live, "s", "My badge is not read at the door");
    esi_reply *other = ask(scratch, "s", "My badge is not read at the door");
    ck_assert_str_eq(one->answer, other->answer);
    ck_assert_uint_eq(other->reference_count, 1);
    ck_assert_str_eq(one->references[0]->id, other->references[0]->id);
    ck_assert_double_eq(one->references[0]->score, other->references[0]->score);
    esi_reply_free(one);
    esi_reply_free(other);
    esi_desk_close(scratch);
    esi_desk_close(live);
    remove_file();
}
END_TEST

START_TEST(what_is_asked_of_it_leaves_nothing_in_the_store) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    fill();
    must(open_at(true, &desk, &err), &err);
    ck_assert_int_eq(messages_in(desk), 0); /* conversations don't come along */
    esi_reply_free(ask(desk, "live", "Where can I buy a trombone?"));
    esi_ticket_list *tickets = NULL;
    must(esi_ticket_list_get(desk, NULL, NULL, &tickets, &err), &err);
    ck_assert_uint_eq(tickets->count, 1);
    esi_ticket_list_free(tickets);
    ck_assert_int_eq(messages_in(desk), 2);
    put_document(desk, "badge.md", "---\nid: doc-badge\n---\n# Badges\n\nOther words.\n");
    esi_desk_close(desk);

    must(open_at(false, &desk, &err), &err);
    ck_assert_int_eq(messages_in(desk), 2);
    must(esi_ticket_list_get(desk, NULL, NULL, &tickets, &err), &err);
    ck_assert_uint_eq(tickets->count, 0);
    esi_ticket_list_free(tickets);
    esi_reply *reply = ask(desk, NULL, "My badge is not read at the door");
    ck_assert_ptr_nonnull(strstr(reply->answer, "flat against the reader"));
    esi_reply_free(reply);
    esi_desk_close(desk);
    remove_file();
}
END_TEST

START_TEST(a_store_that_is_not_there_is_not_made) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    make_file();
    unlink(path);
    ck_assert_int_ne(open_at(true, &desk, &err), ESI_OK);
    ck_assert_ptr_null(desk);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(it_goes_neither_with_read_only_nor_with_open_degraded) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = ":memory:";
    options.scratch = true;
    options.read_only = true;
    ck_assert_int_eq(esi_desk_open(&options, &desk, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "scratch"));
    options.read_only = false;
    options.open_degraded = true;
    ck_assert_int_eq(esi_desk_open(&options, &desk, &err), ESI_EINVAL);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("scratch");
    tcase_add_test(t, it_answers_as_the_store_does);
    tcase_add_test(t, what_is_asked_of_it_leaves_nothing_in_the_store);
    tcase_add_test(t, a_store_that_is_not_there_is_not_made);
    tcase_add_test(t, it_goes_neither_with_read_only_nor_with_open_degraded);
    return tap_run("desk/scratch", t);
}
