#include "core/coverage.h"
