#include "core/ground.h"
