#include "store_contract.h"

void add_kb_tests(TCase *cases) {
    (void)cases;
}
