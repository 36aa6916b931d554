#include "store_contract.h"

void add_thread_tests(TCase *cases) {
    (void)cases;
}
