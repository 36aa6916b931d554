#include "store_contract.h"

void add_outbox_tests(TCase *cases) {
    (void)cases;
}
