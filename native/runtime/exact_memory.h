#pragma once

namespace msta {

// In a sanitizer build every block is of the size asked for, used once, and freed when the stream has passed:
// an access beyond its ends or after its release is seen, where a rounded or reused block would hide it.
#ifdef MSTA_SANITIZED
constexpr bool exact_memory = true;
#else
constexpr bool exact_memory = false;
#endif

}  // namespace msta
