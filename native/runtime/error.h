#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace msta {

// An error with the code the JavaScript side shows (lib/runtime/errors.ts lists them).
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message, int64_t tag = -1)
      : std::runtime_error(message), code_(std::move(code)), tag_(tag) {}
  const char* code() const { return code_.c_str(); }
  // Which call failed (see Device::run); -1 when that is the call at hand.
  int64_t tag() const { return tag_; }

 private:
  std::string code_;
  int64_t tag_;
};

}  // namespace msta
