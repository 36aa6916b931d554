/* Every store keeps what sys/store.h promises: the same tests over each row of store_fixture.c. */
#include <stdlib.h>

#include "pg_control.h"
#include "store_contract.h"
#include "tap.h"

int main(void) {
    const char *why = getenv("ESI_TEST_PG_WHY");
    if (why != NULL) {
        return tap_skip(why);
    }
    TCase *cases = tcase_create("store");
    add_session_tests(cases);
    add_turn_tests(cases);
    add_kb_tests(cases);
    add_space_tests(cases);
    add_vector_tests(cases);
    add_ticket_tests(cases);
    add_join_tests(cases);
    add_change_tests(cases);
    add_metrics_tests(cases);
    add_outbox_tests(cases);
    add_purge_tests(cases);
    add_thread_tests(cases);
    return tap_run(pg_missing() == NULL ? "contract/postgres" : "contract/store", cases);
}
