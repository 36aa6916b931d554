/* test_stack.c: every public call on a thread with the stack that an embedding server may give. */
#include "fixture.h"

#include "small_stack.h"

struct calls {
    esi_err worst;
    const char *which;
};

static void note_result(struct calls *calls, const char *which, esi_err rc) {
    if (rc != ESI_OK && calls->worst == ESI_OK) {
        calls->worst = rc;
        calls->which = which;
    }
}

static void talk(struct calls *c, esi_desk *desk) {
    static const char *const messages[] = {"The printer reports a paper jam",
                                           "How do I read the other team's files?",
                                           "How do I bake bread?"};
    esi_error err = {0};
    for (size_t i = 0; i < 3; i++) {
        esi_reply *reply = NULL;
        esi_chat_request request = ESI_CHAT_REQUEST_INIT;
        request.session_id = "s-1";
        request.request_id = i == 0 ? "r-1" : NULL;
        request.message = messages[i];
        request.explain = true;
        note_result(c, "ask", esi_chat_ask(desk, &request, &reply, &err));
        esi_reply_free(reply);
    }
    esi_verdict *verdict = NULL;
    esi_guardrail_request check = ESI_GUARDRAIL_REQUEST_INIT;
    check.text = messages[1];
    note_result(c, "check", esi_guardrail_check(desk, &check, &verdict, &err));
    esi_verdict_free(verdict);
    esi_kb_hits *hits = NULL;
    esi_kb_query query = ESI_KB_QUERY_INIT;
    query.text = "paper";
    note_result(c, "search", esi_kb_search(desk, &query, &hits, &err));
    esi_kb_hits_free(hits);
}

static void handle_tickets(struct calls *c, esi_desk *desk) {
    esi_error err = {0};
    esi_ticket *ticket = NULL;
    esi_ticket_request request = ESI_TICKET_REQUEST_INIT;
    request.summary = "The badge printer is out of ribbon";
    note_result(c, "create", esi_ticket_create(desk, NULL, &request, &ticket, &err));
    esi_ticket_free(ticket);
    ticket = NULL;
    note_result(c, "get", esi_ticket_get(desk, NULL, "1", &ticket, &err));
    esi_ticket_free(ticket);
    ticket = NULL;
    esi_ticket_change change = ESI_TICKET_CHANGE_INIT;
    change.assignee = "eve";
    note_result(c, "update", esi_ticket_update(desk, NULL, "1", &change, &ticket, &err));
    esi_ticket_free(ticket);
    esi_ticket_list *list = NULL;
    note_result(c, "list", esi_ticket_list_get(desk, NULL, NULL, &list, &err));
    esi_ticket_list_free(list);
    esi_outbox_batch *batch = NULL;
    note_result(c, "take", esi_outbox_take(desk, 10, 1000, &batch, &err));
    note_result(c, "ack", esi_outbox_ack(desk, &batch->items[0]->id, 1, &err));
    esi_outbox_batch_free(batch);
}

static void look_around(struct calls *c, esi_desk *desk) {
    esi_error err = {0};
    esi_metrics *metrics = NULL;
    note_result(c, "metrics", esi_metrics_summary(desk, NULL, &metrics, &err));
    esi_metrics_free(metrics);
    esi_health *health = NULL;
    note_result(c, "health", esi_desk_health(desk, &health, &err));
    esi_health_free(health);
    esi_doctor_report *report = NULL;
    note_result(c, "doctor", esi_desk_doctor(desk, &report, &err));
    esi_doctor_report_free(report);
    size_t size;
    const char *policy = esi_policy_default(&size);
    note_result(c, "policy", esi_policy_check(policy, size, NULL, &err));
}

static void keep_house(struct calls *c, esi_desk *desk) {
    esi_error err = {0};
    esi_retention_report *report = NULL;
    esi_purge_request request = ESI_PURGE_REQUEST_INIT;
    request.older_than_ms = ESI_RETENTION_MIN_MS;
    note_result(c, "purge", esi_retention_purge(desk, &request, &report, &err));
    esi_retention_report_free(report);
    report = NULL;
    note_result(c, "erase", esi_retention_erase(desk, "alice", &report, &err));
    esi_retention_report_free(report);
}

static void call_everything(void *context) {
    struct calls *c = context;
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = ":memory:";
    note_result(c, "open", esi_desk_open(&options, &desk, &err));
    if (!desk) {
        return;
    }
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = TEST_SOURCE_ROOT "/kb";
    source.explain = true;
    note_result(c, "ingest", esi_kb_ingest(desk, &source, &report, &err));
    esi_kb_report_free(report);
    talk(c, desk);
    handle_tickets(c, desk);
    look_around(c, desk);
    keep_house(c, desk);
    esi_desk_close(desk);
}

START_TEST(every_public_call_fits_a_stack_of_96_kilobytes) {
    struct calls calls = {.worst = ESI_OK, .which = ""};
    const size_t used = small_stack_run(call_everything, &calls);
    ck_assert_msg(calls.worst == ESI_OK, "%s: %s", calls.which, esi_err_name(calls.worst));
    ck_assert_uint_gt(used, 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("stack");
    tcase_add_test(t, every_public_call_fits_a_stack_of_96_kilobytes);
    return tap_run("desk/stack", t);
}
