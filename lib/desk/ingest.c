#include <esihelp/esihelp.h>
