#pragma once

namespace msta {

// That of package.json (a test compares them): an addon takes only a plugin of its own version.
constexpr const char* version = "0.1.0";

}  // namespace msta
