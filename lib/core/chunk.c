#include "core/chunk.h"
