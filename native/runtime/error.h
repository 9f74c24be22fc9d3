#pragma once
#include <stdexcept>
#include <string>

namespace msta {

// An error with the code the JavaScript side shows (lib/runtime/errors.ts lists them).
class Error : public std::runtime_error {
 public:
  Error(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;
};

}  // namespace msta
