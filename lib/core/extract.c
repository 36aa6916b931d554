#include "core/extract.h"
