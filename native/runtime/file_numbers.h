#pragma once
#include <cstdint>
#include <string>

#include "dtype.h"

namespace msta {

// Floating-point types of files; DType has those that devices store.
enum class FileType : int32_t { f32 = 0, bf16 = 1, f16 = 2, f64 = 3 };

constexpr int64_t file_type_size(FileType type) {
  return type == FileType::f64 ? 8 : type == FileType::f32 ? 4 : 2;
}

// Numbers of one type that lie one after the other in a file.
struct FileNumbers {
  std::string path;
  int64_t offset;  // bytes
  FileType type;
};

// Reads `count` numbers into `target` (host memory; f32 or bf16), rounded to nearest, ties to even, by all
// threads of the pool. Throws ERR_FILE.
void read_numbers(const FileNumbers& source, int64_t count, void* target, DType type);

}  // namespace msta
