/* Every provider keeps what sys/provider.h promises: the same tests over each row of
 * provider_fixture.c. */
#include "provider_contract.h"
#include "tap.h"

int main(void) {
    TCase *cases = tcase_create("provider");
    add_embed_tests(cases);
    add_answer_tests(cases);
    return tap_run("contract/provider", cases);
}
