#include <esihelp/version.h>

const char *esi_version(void) {
    return ESI_VERSION;
}
