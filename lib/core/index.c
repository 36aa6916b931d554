#include "core/index.h"
