#include <stdio.h>
#include <string.h>

#include "store_contract.h"

static esi_store_ticket create(struct fixture *f, const esi_store_new_ticket *wanted) {
    esi_store_ticket ticket;
    const esi_claim claim = no_claim();
    ASSERT_OK(
        f, f->ops->ticket_create(f->store, wanted, &claim, &f->wait, &f->arena, &ticket, &f->err));
    return ticket;
}

static void change_status(struct fixture *f, const char *id, esi_ticket_status status) {
    const esi_store_ticket_change change = {
        .id = id, .has_status = true, .status = status, .actor = "carol", .now_ms = NOW + 1};
    esi_store_ticket ticket;
    ASSERT_OK(f, f->ops->ticket_change(f->store, &change, &f->wait, &f->arena, &ticket, &f->err));
}

START_TEST(a_ticket_comes_back_as_it_was_opened) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_new_ticket wanted = a_ticket(&f, "s-1", "network");
    wanted.has_requested_severity = true;
    wanted.requested_severity = ESI_SEVERITY_CRITICAL;
    create(&f, &wanted);
    const esi_store_ticket t = ticket_of(&f, wanted.id);
    ck_assert_str_eq(t.id, wanted.id);
    ck_assert_int_ge(t.number, 1);
    ck_assert_str_eq(t.session_id, "s-1");
    ck_assert_str_eq(t.user_id, "alice");
    ck_assert_str_eq(t.user_role, "trainee");
    ck_assert_int_eq(t.status, ESI_TICKET_OPEN);
    ck_assert_int_eq(t.tier, ESI_TIER_1);
    ck_assert_int_eq(t.severity, ESI_SEVERITY_MEDIUM);
    ck_assert(t.has_requested_severity);
    ck_assert_int_eq(t.requested_severity, ESI_SEVERITY_CRITICAL);
    ck_assert_str_eq(t.category, "network");
    ck_assert_str_eq(t.kind, "trouble");
    ck_assert_str_eq(t.summary, wanted.summary);
    ck_assert_str_eq(t.description, wanted.description);
    ck_assert_str_eq(t.module, "lab-7");
    ck_assert_ptr_null(t.assignee);
    ck_assert_ptr_null(t.incident_id);
    ck_assert_double_eq(t.confidence, 0.5);
    ck_assert_int_eq(t.due_at_ms, wanted.due_at_ms);
    ck_assert_int_eq(t.created_at_ms, NOW);
    ck_assert_int_eq(t.updated_at_ms, NOW);
    ck_assert_int_eq(t.version, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_tickets_lists_come_back_as_they_were) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
    create(&f, &wanted);
    const esi_store_ticket t = ticket_of(&f, wanted.id);
    ck_assert_uint_eq(t.rules.count, 1);
    ck_assert_str_eq(t.rules.items[0], "policy:lost-work");
    ck_assert_uint_eq(t.references.count, 1);
    ck_assert_str_eq(t.references.items[0].name, "kb-vpn");
    ck_assert_str_eq(t.references.items[0].value, "Using the VPN");
    ck_assert_uint_eq(t.details.count, 2);
    ck_assert_str_eq(t.details.items[0].value, "B12");
    ck_assert_str_eq(t.details.items[1].name, "Error message");
    ck_assert_ptr_null(t.details.items[1].value);
    ck_assert_uint_eq(t.context.count, 1);
    ck_assert_str_eq(t.context.items[0].value, "portal");
    ck_assert_uint_eq(t.attempt_count, 1);
    ck_assert_str_eq(t.attempts[0].step, "Restart the client");
    ck_assert_int_eq(t.attempts[0].at_ms, NOW - 60000);
    ck_assert(!t.attempts[0].worked);
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_without_lists_and_session_has_none) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket bare = {
        .id = fixture_id(&f), .category = "general", .kind = "manual", .now_ms = NOW};
    create(&f, &bare);
    const esi_store_ticket t = ticket_of(&f, bare.id);
    ck_assert_ptr_null(t.session_id);
    ck_assert_ptr_null(t.user_id);
    ck_assert(!t.has_requested_severity);
    ck_assert_uint_eq(t.rules.count + t.references.count + t.details.count + t.context.count, 0);
    ck_assert_uint_eq(t.attempt_count + t.conversation_count, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(numbers_rise_by_one) {
    struct fixture f;
    fixture_open(&f, _i);
    int64_t last = 0;
    for (int i = 0; i < 3; i++) {
        const esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
        const esi_store_ticket t = create(&f, &wanted);
        ck_assert(i == 0 || t.number == last + 1);
        last = t.number;
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_second_reason_joins_the_open_ticket_of_its_category) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket first = a_ticket(&f, "s-1", "network");
    esi_store_new_ticket second = a_ticket(&f, "s-1", "network");
    static const char *const rules[] = {"policy:lost-work", "policy:many"};
    static const esi_pair details[] = {{"Error message", "E-42"}, {"Time", "13:54"}};
    static const esi_pair references[] = {{"kb-net", "The network"}};
    static const esi_store_attempt attempts[] = {{"Restart the client", NOW - 60000, false},
                                                 {"Choose the profile", NOW - 1000, true}};
    second.rules = (esi_strings){rules, 2};
    second.details = (esi_pairs){details, 2};
    second.references = (esi_pairs){references, 1};
    second.attempts = attempts;
    second.attempt_count = 2;
    second.tier = ESI_TIER_0;
    second.severity = ESI_SEVERITY_HIGH;
    second.now_ms = NOW + 10;
    create(&f, &first);
    const esi_store_ticket t = create(&f, &second);
    ck_assert_str_eq(t.id, first.id);
    ck_assert_int_eq(t.tier, ESI_TIER_1);
    ck_assert_int_eq(t.severity, ESI_SEVERITY_HIGH);
    ck_assert_int_eq(t.version, 2);
    ck_assert_int_eq(t.created_at_ms, NOW);
    ck_assert_int_eq(t.updated_at_ms, NOW + 10);
    ck_assert_uint_eq(t.rules.count, 2);
    ck_assert_str_eq(t.rules.items[1], "policy:many");
    ck_assert_uint_eq(t.references.count, 2);
    ck_assert_uint_eq(t.details.count, 3);
    ck_assert_str_eq(t.details.items[0].value, "B12");
    ck_assert_str_eq(t.details.items[1].value, "E-42");
    ck_assert_str_eq(t.details.items[2].name, "Time");
    ck_assert_uint_eq(t.attempt_count, 2);
    ck_assert(t.attempts[1].worked);
    ck_assert_int_eq(metrics(&f, NOW, NOW + 100).tickets, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(other_categories_other_sessions_and_no_session_do_not_join) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const sessions[] = {"s-1", "s-1", "s-2", NULL, NULL};
    const char *const categories[] = {"network", "vm", "network", "network", "network"};
    for (int i = 0; i < 5; i++) {
        const esi_store_new_ticket wanted = a_ticket(&f, sessions[i], categories[i]);
        ck_assert_str_eq(create(&f, &wanted).id, wanted.id);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_that_is_resolved_is_not_joined) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket first = a_ticket(&f, "s-1", "network"),
                               second = a_ticket(&f, "s-1", "network"),
                               third = a_ticket(&f, "s-1", "network");
    create(&f, &first);
    change_status(&f, first.id, ESI_TICKET_IN_PROGRESS);
    ck_assert_str_eq(create(&f, &second).id, first.id);
    change_status(&f, first.id, ESI_TICKET_RESOLVED);
    ck_assert_str_eq(create(&f, &third).id, third.id);
    ck_assert_uint_eq(load(&f, "s-1", "alice").open_ticket_count, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_persons_tickets_of_one_kind_join_within_the_time_asked) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket first = a_ticket(&f, "s-1", "network");
    create(&f, &first);
    esi_store_new_ticket later = a_ticket(&f, "s-2", "network");
    later.now_ms = NOW + 1000;
    later.join_user_since_ms = NOW;
    ck_assert_str_eq(create(&f, &later).id, first.id);
    const esi_session_view view = load(&f, "s-2", "alice"); /* the session holds it now */
    ck_assert_uint_eq(view.open_ticket_count, 1);
    ck_assert_str_eq(view.open_tickets[0].id, first.id);

    esi_store_new_ticket too_late = a_ticket(&f, "s-3", "network");
    too_late.join_user_since_ms = NOW + 1;
    ck_assert_str_eq(create(&f, &too_late).id, too_late.id);
    esi_store_new_ticket other_kind = a_ticket(&f, "s-4", "network");
    other_kind.join_user_since_ms = NOW;
    other_kind.kind = "question";
    ck_assert_str_eq(create(&f, &other_kind).id, other_kind.id);
    esi_store_new_ticket other_user = a_ticket(&f, "s-5", "network");
    other_user.join_user_since_ms = NOW;
    other_user.user_id = "bob";
    ck_assert_str_eq(create(&f, &other_user).id, other_user.id);
    esi_store_new_ticket nobody = a_ticket(&f, "s-6", "network");
    nobody.join_user_since_ms = NOW;
    nobody.user_id = NULL;
    ck_assert_str_eq(create(&f, &nobody).id, nobody.id);
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_of_another_persons_session_is_not_found) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_turn turn = a_turn(&f, "s-1", 0);
    commit(&f, &turn);
    esi_store_new_ticket wanted = a_ticket(&f, "s-1", "network");
    wanted.user_id = "bob";
    const esi_claim claim = no_claim();
    esi_store_ticket ticket;
    ASSERT_ERR(&f, ESI_ENOTFOUND,
               f.ops->ticket_create(f.store, &wanted, &claim, &f.wait, &f.arena, &ticket, &f.err));
    ck_assert_int_eq(metrics(&f, NOW, NOW + 1).tickets, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_makes_the_session_that_it_names) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket wanted = a_ticket(&f, "s-new", "network");
    create(&f, &wanted);
    const esi_session_view view = load(&f, "s-new", "alice");
    ck_assert(view.exists);
    ck_assert_int_eq(view.turns, 0);
    ck_assert(load(&f, "s-new", "bob").foreign);
    const esi_store_turn turn = a_turn(&f, "s-new", 0);
    commit(&f, &turn);
    ck_assert_int_eq(load(&f, "s-new", "alice").turns, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_request_opens_one_ticket_however_often_it_comes) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_claim claim = a_claim("alice", "r-1", 1), other = a_claim("alice", "r-1", 2);
    const esi_store_new_ticket first = a_ticket(&f, NULL, "network"),
                               second = a_ticket(&f, NULL, "network");
    esi_store_ticket t;
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &first, &claim, &f.wait, &f.arena, &t, &f.err));
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &second, &claim, &f.wait, &f.arena, &t, &f.err));
    ck_assert_str_eq(t.id, first.id);
    ck_assert_int_eq(t.version, 1);
    ASSERT_ERR(&f, ESI_EMISMATCH,
               f.ops->ticket_create(f.store, &second, &other, &f.wait, &f.arena, &t, &f.err));
    ck_assert_int_eq(metrics(&f, NOW, NOW + 1).tickets, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_request_that_is_under_way_is_in_progress) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_session_query query = a_query("s-1", "alice");
    query.claim = a_claim("alice", "r-1", 1);
    esi_session_view view;
    ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    const esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
    esi_store_ticket t;
    ASSERT_ERR(&f, ESI_EINPROGRESS,
               f.ops->ticket_create(f.store, &wanted, &query.claim, &f.wait, &f.arena, &t, &f.err));
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_shows_the_conversation_of_its_sessions) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_new_ticket first = a_ticket(&f, "s-1", "network"),
                         second = a_ticket(&f, "s-2", "network");
    second.join_user_since_ms = NOW - 1;
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.user_text = "first";
    turn.ticket = &first;
    commit(&f, &turn);
    turn = a_turn(&f, "s-3", 0);
    turn.user_text = "elsewhere";
    commit(&f, &turn);
    turn = a_turn(&f, "s-2", 0);
    turn.user_text = "second";
    turn.ticket = &second;
    commit(&f, &turn);
    const esi_store_ticket t = ticket_of(&f, first.id);
    ck_assert_uint_eq(t.conversation_count, 4);
    ck_assert_str_eq(t.conversation[0].text, "first");
    ck_assert(t.conversation[0].from_user);
    ck_assert(!t.conversation[1].from_user);
    ck_assert_str_eq(t.conversation[2].text, "second");
    fixture_close(&f);
}
END_TEST

static esi_err get(struct fixture *f, const esi_store_ticket_query *query) {
    esi_store_ticket t;
    return f->ops->ticket_get(f->store, query, &f->wait, &f->arena, &t, &f->err);
}

START_TEST(a_ticket_is_seen_by_those_who_may) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
    wanted.severity = ESI_SEVERITY_HIGH;
    const esi_store_ticket made = create(&f, &wanted);
    const char *number = arena_printf(&f.arena, "%lld", (long long)made.number);
    esi_store_ticket_query q = {.id = number, .see_all = true};
    ASSERT_OK(&f, get(&f, &q));
    q.see_all = false;
    ASSERT_ERR(&f, ESI_ENOTFOUND, get(&f, &q));
    q.see_user = "bob";
    ASSERT_ERR(&f, ESI_ENOTFOUND, get(&f, &q));
    q.see_severity = true;
    q.see_severity_from = ESI_SEVERITY_CRITICAL;
    ASSERT_ERR(&f, ESI_ENOTFOUND, get(&f, &q));
    q.see_severity_from = ESI_SEVERITY_HIGH;
    ASSERT_OK(&f, get(&f, &q));
    q.see_severity = false;
    q.see_user = "alice";
    ASSERT_OK(&f, get(&f, &q));
    q.see_all = true;
    q.id = "999999";
    ASSERT_ERR(&f, ESI_ENOTFOUND, get(&f, &q));
    q.id = "no-such-id";
    ASSERT_ERR(&f, ESI_ENOTFOUND, get(&f, &q));
    fixture_close(&f);
}
END_TEST

/* The ids of a list, as "2 1 ", by the order in which the tickets were made. */
static void check_list(struct fixture *f, const esi_store_ticket_query *query, const char *expect) {
    const esi_store_ticket *rows;
    size_t count;
    char got[128] = "";
    ASSERT_OK(f, f->ops->ticket_list(f->store, query, &f->wait, &f->arena, &rows, &count, &f->err));
    for (size_t i = 0; i < count; i++) {
        const size_t n = strlen(got);
        snprintf(got + n, sizeof got - n, "%s ", rows[i].module);
        ck_assert_uint_eq(rows[i].conversation_count, 0);
    }
    ck_assert_str_eq(got, expect);
}

/* Five tickets, told apart by their module. */
static void make_five(struct fixture *f) {
    static const struct {
        const char *user, *session, *summary;
        esi_severity severity;
        esi_tier tier;
    } five[] = {
        {"alice", "s-1", "The VPN drops", ESI_SEVERITY_LOW, ESI_TIER_1},
        {"bob", "s-2", "Disk full", ESI_SEVERITY_HIGH, ESI_TIER_2},
        {"alice", "s-3",
         "Gr\xc3\xbc\xc3\x9f"
         "e an die VPN",
         ESI_SEVERITY_HIGH, ESI_TIER_1},
        {"bob", "s-4", "Printer", ESI_SEVERITY_CRITICAL, ESI_TIER_3},
        {"alice", "s-5", "100% CPU", ESI_SEVERITY_LOW, ESI_TIER_1},
    };
    for (int i = 0; i < 5; i++) {
        esi_store_new_ticket wanted = a_ticket(f, five[i].session, "network");
        wanted.user_id = five[i].user;
        wanted.summary = five[i].summary;
        wanted.severity = five[i].severity;
        wanted.tier = five[i].tier;
        wanted.module = arena_printf(&f->arena, "%d", i + 1);
        create(f, &wanted);
        if (i == 1) {
            change_status(f, wanted.id, ESI_TICKET_RESOLVED);
        }
    }
}

START_TEST(lists_are_newest_first_and_page_by_number) {
    struct fixture f;
    fixture_open(&f, _i);
    make_five(&f);
    esi_store_ticket_query q = {.see_all = true, .limit = 2};
    check_list(&f, &q, "5 4 ");
    const esi_store_ticket *rows;
    size_t count;
    ASSERT_OK(&f, f.ops->ticket_list(f.store, &q, &f.wait, &f.arena, &rows, &count, &f.err));
    q.before_number = rows[1].number;
    check_list(&f, &q, "3 2 ");
    q.limit = 0;
    check_list(&f, &q, "");
    fixture_close(&f);
}
END_TEST

START_TEST(lists_are_filtered) {
    struct fixture f;
    fixture_open(&f, _i);
    make_five(&f);
    const esi_store_ticket_query all = {.see_all = true, .limit = 10};
    esi_store_ticket_query q = all;
    q.has_status = true;
    q.status = ESI_TICKET_RESOLVED;
    check_list(&f, &q, "2 ");
    q = all;
    q.has_tier = true;
    q.tier = ESI_TIER_1;
    check_list(&f, &q, "5 3 1 ");
    q.has_severity = true;
    q.severity = ESI_SEVERITY_HIGH;
    check_list(&f, &q, "3 ");
    q = all;
    q.session_id = "s-4";
    check_list(&f, &q, "4 ");
    q = all;
    q.assignee = "carol";
    check_list(&f, &q, "");
    fixture_close(&f);
}
END_TEST

START_TEST(lists_hold_what_the_caller_may_see) {
    struct fixture f;
    fixture_open(&f, _i);
    make_five(&f);
    esi_store_ticket_query q = {.see_user = "alice", .limit = 10};
    check_list(&f, &q, "5 3 1 ");
    q.see_severity = true;
    q.see_severity_from = ESI_SEVERITY_HIGH;
    check_list(&f, &q, "5 4 3 2 1 ");
    q.see_user = "bob";
    check_list(&f, &q, "4 3 2 ");
    q.see_user = NULL;
    check_list(&f, &q, "4 3 2 ");
    q.see_severity = false;
    check_list(&f, &q, "");
    fixture_close(&f);
}
END_TEST

START_TEST(lists_are_searched_by_words) {
    struct fixture f;
    fixture_open(&f, _i);
    make_five(&f);
    esi_store_ticket_query q = {.see_all = true, .limit = 10, .text = "vpn"};
    check_list(&f, &q, "3 1 ");
    q.text = "  DROPS   vpn ";
    check_list(&f, &q, "1 ");
    q.text = "GR\xc3\x9cSSE";
    check_list(&f, &q, "3 ");
    q.text = "100%";
    check_list(&f, &q, "5 ");
    q.text = "minutes disk"; /* one in the description, one in the summary */
    check_list(&f, &q, "2 ");
    q.text = "nowhere";
    check_list(&f, &q, "");
    fixture_close(&f);
}
END_TEST

/* How many tickets of which this is the summary, or the description, hold these words. */
static size_t found(struct fixture *f, const char *words) {
    const esi_store_ticket_query q = {.see_all = true, .limit = 10, .text = words};
    const esi_store_ticket *rows;
    size_t count;
    ASSERT_OK(f, f->ops->ticket_list(f->store, &q, &f->wait, &f->arena, &rows, &count, &f->err));
    return count;
}

START_TEST(words_are_found_as_every_store_folds_them) {
    static const struct {
        const char *text, *words;
        bool found;
    } cases[] = {
        {"A_b 50% off C:\\labs", "a_b", true},
        {"A_b 50% off C:\\labs", "axb", false}, /* no wildcard */
        {"A_b 50% off C:\\labs", "5%f", false},
        {"A_b 50% off C:\\labs", "c:\\LABS", true},
        {"A_b 50% off C:\\labs", "\\", true},
        {"STRASSE",
         "stra\xc3\x9f"
         "e",
         true},
        {"Stra\xc3\x9f"
         "e",
         "strasse", true},
        {"caf\xc3\xa9", "CAFE\xcc\x81", true},                 /* an accent of its own */
        {"\xef\xbd\x96\xef\xbd\x90\xef\xbd\x8e", "vpn", true}, /* full width */
        {"log\xc2\xadin and zero\xe2\x80\x8bwidth", "login zerowidth", true},
        {"don\xe2\x80\x99t", "don't", true},
        {"\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
         "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83", true},
        {"\xe8\x99\x9a\xe6\x8b\x9f\xe6\x9c\xba\xe5\x9d\x8f\xe4\xba\x86", "\xe6\x8b\x9f\xe6\x9c\xba",
         true},
        {"on fire \xf0\x9f\x94\xa5", "\xf0\x9f\x94\xa5", true},
        {"prefixes count", "fix", true}, /* anywhere in the text */
        {"prefixes count", "count fix", true},
        {"prefixes count", "s count prefixes fixes", true},
        {"prefixes count", "fixescount", false},
        {"anything", " \t ", true}, /* no words, no wish */
    };
    struct fixture f;
    fixture_open(&f, _i);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
        wanted.summary = i % 2 == 0 ? cases[i].text : NULL;
        wanted.description = i % 2 == 0 ? "" : cases[i].text;
        const esi_store_ticket t = create(&f, &wanted);
        const esi_store_ticket_query q = {
            .see_all = true, .limit = 1, .text = cases[i].words, .before_number = t.number + 1};
        const esi_store_ticket *rows;
        size_t count;
        ASSERT_OK(&f, f.ops->ticket_list(f.store, &q, &f.wait, &f.arena, &rows, &count, &f.err));
        const bool here = count == 1 && rows[0].number == t.number;
        ck_assert_msg(here == cases[i].found, "\"%s\" in \"%s\"", cases[i].words, cases[i].text);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_word_does_not_reach_from_the_summary_into_the_description) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
    wanted.summary = "the disk";
    wanted.description = "is full";
    create(&f, &wanted);
    ck_assert_uint_eq(found(&f, "diskis"), 0);
    ck_assert_uint_eq(found(&f, "full disk"), 1);
    fixture_close(&f);
}
END_TEST

void add_ticket_tests(TCase *cases) {
    ADD(cases, a_ticket_comes_back_as_it_was_opened);
    ADD(cases, a_tickets_lists_come_back_as_they_were);
    ADD(cases, a_ticket_without_lists_and_session_has_none);
    ADD(cases, numbers_rise_by_one);
    ADD(cases, a_second_reason_joins_the_open_ticket_of_its_category);
    ADD(cases, other_categories_other_sessions_and_no_session_do_not_join);
    ADD(cases, a_ticket_that_is_resolved_is_not_joined);
    ADD(cases, a_persons_tickets_of_one_kind_join_within_the_time_asked);
    ADD(cases, a_ticket_of_another_persons_session_is_not_found);
    ADD(cases, a_ticket_makes_the_session_that_it_names);
    ADD(cases, a_request_opens_one_ticket_however_often_it_comes);
    ADD(cases, a_request_that_is_under_way_is_in_progress);
    ADD(cases, a_ticket_shows_the_conversation_of_its_sessions);
    ADD(cases, a_ticket_is_seen_by_those_who_may);
    ADD(cases, lists_are_newest_first_and_page_by_number);
    ADD(cases, lists_are_filtered);
    ADD(cases, lists_hold_what_the_caller_may_see);
    ADD(cases, lists_are_searched_by_words);
    ADD(cases, words_are_found_as_every_store_folds_them);
    ADD(cases, a_word_does_not_reach_from_the_summary_into_the_description);
}
