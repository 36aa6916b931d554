#include "store_contract.h"

void add_ticket_tests(TCase *cases) {
    (void)cases;
}
