#include "store_contract.h"

void add_metrics_tests(TCase *cases) {
    (void)cases;
}
