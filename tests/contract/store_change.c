#include "store_contract.h"

void add_change_tests(TCase *cases) {
    (void)cases;
}
