#include <esihelp/version.h>

const char *esi_version(void) {
    return ESI_VERSION;
}

const char *esi_features(void) {
    return ESI_FEATURES;
}
