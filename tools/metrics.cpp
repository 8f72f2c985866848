#include "tools/metrics.h"

#include "tools/size_text.h"

namespace morpharena::tool {

std::string_view unit_name(Unit unit) {
    switch (unit) {
        case Unit::seconds:
            return "seconds";
        case Unit::count:
            return "count";
        case Unit::bytes:
            return "bytes";
    }
    return "?";
}

std::string quantity_text(Unit unit, double value) {
    switch (unit) {
        case Unit::seconds:
            return seconds_text(value);
        case Unit::count:
            return count_text(value);
        case Unit::bytes:
            return bytes_text(value);
    }
    return {};
}

}  // namespace morpharena::tool
