#include "core/handling.h"
