#include "file_numbers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>

#include "error.h"
#include "thread_pool.h"

namespace msta {

namespace {

constexpr int64_t piece_numbers = int64_t{1} << 18;   // one thread's turn
constexpr int64_t staged_numbers = int64_t{1} << 12;  // converted while in the nearest cache
constexpr int ended_early = -1;

class File {
 public:
  explicit File(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) fail(errno);
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Fills `target`; returns 0, an errno, or ended_early.
  int read(void* target, int64_t bytes, int64_t offset) const {
    for (int64_t done = 0; done < bytes;) {
      const ssize_t got = ::pread(descriptor_, static_cast<char*>(target) + done,
                                  static_cast<size_t>(bytes - done), offset + done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno;
      if (got == 0) return ended_early;
      done += got;
    }
    return 0;
  }

  [[noreturn]] void fail(int reason) const {
    throw Error("ERR_FILE", path_ + ": " +
                                (reason == ended_early ? "ends before its data does (truncated?)"
                                                       : std::strerror(reason)));
  }

 private:
  const std::string& path_;
  const int descriptor_;
};

struct Half {
  uint16_t bits;
};
struct Bfloat {
  uint16_t bits;
};

float to_float(float value) { return value; }
float to_float(double value) { return static_cast<float>(value); }
float to_float(Bfloat value) { return std::bit_cast<float>(uint32_t{value.bits} << 16); }
float to_float(Half value) {
  const uint32_t magnitude = uint32_t{value.bits & 0x7fffu} << 13,
                 sign = uint32_t{value.bits & 0x8000u} << 16;
  // Moves the exponent by 127 - 15, which is exact for subnormal numbers, too.
  const uint32_t scaled = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112f);
  const bool is_finite = magnitude < (0x7c00u << 13);
  return std::bit_cast<float>(sign | (is_finite ? scaled : 0x7f800000u | magnitude));
}

void put(float value, float* target) { *target = value; }
void put(float value, Bfloat* target) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40;
  target->bits = static_cast<uint16_t>((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

template <class From, class To>
int read_converted(const File& file, int64_t offset, int64_t count, To* target) {
  From staged[staged_numbers];
  for (int64_t done = 0; done < count; done += staged_numbers) {
    const int64_t now = std::min(staged_numbers, count - done);
    if (const int reason = file.read(staged, now * sizeof(From), offset + done * sizeof(From))) return reason;
    for (int64_t i = 0; i < now; i++) put(to_float(staged[i]), target + done + i);
  }
  return 0;
}

template <class To>
int read_converted(const File& file, FileType type, int64_t offset, int64_t count, To* target) {
  switch (type) {
    case FileType::f32:
      return read_converted<float>(file, offset, count, target);
    case FileType::bf16:
      return read_converted<Bfloat>(file, offset, count, target);
    case FileType::f16:
      return read_converted<Half>(file, offset, count, target);
    case FileType::f64:
      return read_converted<double>(file, offset, count, target);
  }
  return EINVAL;
}

int read_piece(const File& file, FileType from, int64_t offset, int64_t count, char* target, DType to) {
  if ((from == FileType::f32 && to == DType::f32) || (from == FileType::bf16 && to == DType::bf16))
    return file.read(target, count * dtype_size(to), offset);
  if (to == DType::f32) return read_converted(file, from, offset, count, reinterpret_cast<float*>(target));
  return read_converted(file, from, offset, count, reinterpret_cast<Bfloat*>(target));
}

}  // namespace

void read_numbers(const FileNumbers& source, int64_t count, void* target, DType type) {
  if (type != DType::f32 && type != DType::bf16)
    throw Error("ERR_DTYPE", std::string("cannot read numbers of a file as ") + dtype_name(type));
  const File file(source.path);
  std::atomic<int> failure{0};
  auto read_one = [&](int64_t piece) {
    const int64_t first = piece * piece_numbers;
    const int reason = read_piece(file, source.type, source.offset + first * file_type_size(source.type),
                                  std::min(piece_numbers, count - first),
                                  static_cast<char*>(target) + first * dtype_size(type), type);
    if (reason != 0) failure.store(reason);
  };
  ThreadPool::shared()->run(
      (count + piece_numbers - 1) / piece_numbers,
      [](void* body, int64_t piece, int) { (*static_cast<decltype(read_one)*>(body))(piece); }, &read_one);
  if (const int reason = failure.load()) file.fail(reason);
}

}  // namespace msta
