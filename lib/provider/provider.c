#include "provider/provider.h"
