#include "core/fuse.h"
