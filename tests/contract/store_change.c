#include <string.h>

#include "store_contract.h"

static void open_ticket(struct fixture *f, const esi_store_new_ticket *wanted) {
    const esi_claim claim = no_claim();
    esi_store_ticket ticket;
    ASSERT_OK(
        f, f->ops->ticket_create(f->store, wanted, &claim, &f->wait, &f->arena, &ticket, &f->err));
}

static esi_err change(struct fixture *f, const esi_store_ticket_change *wanted,
                      esi_store_ticket *out) {
    return f->ops->ticket_change(f->store, wanted, &f->wait, &f->arena, out, &f->err);
}

static esi_store_ticket_change to_status(const char *id, esi_ticket_status status) {
    return (esi_store_ticket_change){
        .id = id, .has_status = true, .status = status, .actor = "carol", .now_ms = NOW + 60000};
}

START_TEST(a_change_sets_what_it_names_and_leaves_the_rest) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket wanted = a_ticket(&f, "s-1", "network");
    open_ticket(&f, &wanted);
    esi_store_ticket_change c = {.id = wanted.id,
                                 .has_tier = true,
                                 .tier = ESI_TIER_3,
                                 .assignee = "dave",
                                 .comment = "on it",
                                 .actor = "carol",
                                 .now_ms = NOW + 5};
    esi_store_ticket t;
    ASSERT_OK(&f, change(&f, &c, &t));
    ck_assert_int_eq(t.tier, ESI_TIER_3);
    ck_assert_str_eq(t.assignee, "dave");
    ck_assert_int_eq(t.severity, ESI_SEVERITY_MEDIUM);
    ck_assert_int_eq(t.status, ESI_TICKET_OPEN);
    ck_assert_int_eq(t.version, 2);
    ck_assert_int_eq(t.updated_at_ms, NOW + 5);
    ck_assert_uint_eq(t.details.count, 2);
    c = (esi_store_ticket_change){.id = wanted.id, .assignee = "", .now_ms = NOW + 6};
    ASSERT_OK(&f, change(&f, &c, &t));
    ck_assert_ptr_null(t.assignee);
    ck_assert_int_eq(t.tier, ESI_TIER_3);
    ck_assert_int_eq(ticket_of(&f, wanted.id).version, 3);
    fixture_close(&f);
}
END_TEST

START_TEST(an_assignee_finds_their_tickets) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket one = a_ticket(&f, NULL, "network"),
                               two = a_ticket(&f, NULL, "network");
    open_ticket(&f, &one);
    open_ticket(&f, &two);
    const esi_store_ticket_change c = {.id = one.id, .assignee = "dave", .now_ms = NOW};
    esi_store_ticket t;
    ASSERT_OK(&f, change(&f, &c, &t));
    const esi_store_ticket_query q = {.see_all = true, .assignee = "dave", .limit = 10};
    const esi_store_ticket *rows;
    size_t count;
    ASSERT_OK(&f, f.ops->ticket_list(f.store, &q, &f.wait, &f.arena, &rows, &count, &f.err));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(rows[0].id, one.id);
    fixture_close(&f);
}
END_TEST

START_TEST(a_change_of_an_older_version_is_a_conflict) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
    open_ticket(&f, &wanted);
    esi_store_ticket_change c = {.id = wanted.id, .if_version = 1, .comment = "one", .now_ms = NOW};
    esi_store_ticket t;
    ASSERT_OK(&f, change(&f, &c, &t));
    ck_assert_int_eq(t.version, 2);
    ASSERT_ERR(&f, ESI_ECONFLICT, change(&f, &c, &t));
    ck_assert_int_eq(ticket_of(&f, wanted.id).version, 2);
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_that_does_not_exist_is_not_found) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_ticket_change c = to_status("no-such-id", ESI_TICKET_CLOSED);
    esi_store_ticket t;
    ASSERT_ERR(&f, ESI_ENOTFOUND, change(&f, &c, &t));
    fixture_close(&f);
}
END_TEST

START_TEST(a_change_that_changes_nothing_writes_nothing) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
    open_ticket(&f, &wanted);
    esi_store_ticket_change c = to_status(wanted.id, ESI_TICKET_OPEN);
    c.has_tier = true;
    c.tier = wanted.tier;
    esi_store_ticket t;
    ASSERT_OK(&f, change(&f, &c, &t));
    ck_assert_int_eq(t.version, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(statuses_go_forward_and_from_resolved_back_to_open) {
    static const bool allowed[4][4] = {
        {true, true, true, true},    /* OPEN */
        {false, true, true, true},   /* IN_PROGRESS */
        {true, false, true, true},   /* RESOLVED */
        {false, false, false, true}, /* CLOSED */
    };
    struct fixture f;
    fixture_open(&f, _i);
    for (int from = 0; from < 4; from++) {
        for (int to = 0; to < 4; to++) {
            const esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
            open_ticket(&f, &wanted);
            esi_store_ticket t;
            esi_store_ticket_change c = to_status(wanted.id, (esi_ticket_status)from);
            ASSERT_OK(&f, change(&f, &c, &t));
            c.status = (esi_ticket_status)to;
            ASSERT_ERR(&f, allowed[from][to] ? ESI_OK : ESI_EINVAL, change(&f, &c, &t));
            ck_assert_int_eq(ticket_of(&f, wanted.id).status,
                             (esi_ticket_status)(allowed[from][to] ? to : from));
        }
    }
    fixture_close(&f);
}
END_TEST

START_TEST(reopening_beside_an_open_one_is_a_conflict_that_names_it) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket old = a_ticket(&f, "s-1", "network"),
                               new = a_ticket(&f, "s-1", "network");
    esi_store_ticket t;
    open_ticket(&f, &old);
    esi_store_ticket_change c = to_status(old.id, ESI_TICKET_RESOLVED);
    ASSERT_OK(&f, change(&f, &c, &t));
    open_ticket(&f, &new);
    c.status = ESI_TICKET_OPEN;
    ASSERT_ERR(&f, ESI_ECONFLICT, change(&f, &c, &t));
    ck_assert_ptr_nonnull(strstr(f.err.message, new.id));
    ck_assert_int_eq(ticket_of(&f, old.id).status, ESI_TICKET_RESOLVED);
    const esi_store_ticket_change resolve = to_status(new.id, ESI_TICKET_RESOLVED);
    ASSERT_OK(&f, change(&f, &resolve, &t));
    ASSERT_OK(&f, change(&f, &c, &t));
    ck_assert_int_eq(t.status, ESI_TICKET_OPEN);
    fixture_close(&f);
}
END_TEST

void add_change_tests(TCase *cases) {
    ADD(cases, a_change_sets_what_it_names_and_leaves_the_rest);
    ADD(cases, an_assignee_finds_their_tickets);
    ADD(cases, a_change_of_an_older_version_is_a_conflict);
    ADD(cases, a_ticket_that_does_not_exist_is_not_found);
    ADD(cases, a_change_that_changes_nothing_writes_nothing);
    ADD(cases, statuses_go_forward_and_from_resolved_back_to_open);
    ADD(cases, reopening_beside_an_open_one_is_a_conflict_that_names_it);
}
