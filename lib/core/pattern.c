#include "core/pattern.h"
