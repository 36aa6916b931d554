#include "provider/offline.h"
