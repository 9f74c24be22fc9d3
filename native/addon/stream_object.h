#pragma once
#include <napi.h>

#include <memory>

#include "environment.h"

namespace msta {

// One caller's work (NativeJob in lib/runtime/binding.ts).
class JobObject : public Napi::ObjectWrap<JobObject> {
 public:
  static constexpr napi_type_tag tag{0x6d73746100000001, 0x6a6f62};
  static Napi::Function define(Napi::Env env);
  explicit JobObject(const Napi::CallbackInfo& info);
  const std::shared_ptr<Job>& job() const { return job_; }

 private:
  void cancel(const Napi::CallbackInfo& info);
  std::shared_ptr<Job> job_ = std::make_shared<Job>();
};

// A block of a stream's memory (NativeBuffer).
class BufferObject : public Napi::ObjectWrap<BufferObject> {
 public:
  static constexpr napi_type_tag tag{0x6d73746100000002, 0x627566};
  static Napi::Function define(Napi::Env env);
  explicit BufferObject(const Napi::CallbackInfo& info);
  ~BufferObject() override { release(); }

  // Takes the block over; called once, right after construction.
  void adopt(std::shared_ptr<Stream> stream, CachingAllocator::Block block, size_t bytes);
  // The address of `bytes` at `offset`; throws when freed, out of range or of another stream.
  char* at(const Stream& stream, int64_t offset, int64_t bytes) const;

 private:
  void free(const Napi::CallbackInfo& info);
  Napi::Value bytes(const Napi::CallbackInfo& info);
  void release();

  std::shared_ptr<Stream> stream_;
  CachingAllocator::Block block_;
  size_t bytes_ = 0;
};

// Recorded work (NativeGraph).
class GraphObject : public Napi::ObjectWrap<GraphObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit GraphObject(const Napi::CallbackInfo& info);
  ~GraphObject() override { release(); }
  // Called once, right after construction.
  void adopt(std::shared_ptr<Stream> stream, std::shared_ptr<Graph> graph);

 private:
  void run(const Napi::CallbackInfo& info);
  void free(const Napi::CallbackInfo& info);
  void release();

  std::shared_ptr<Stream> stream_;
  std::shared_ptr<Graph> graph_;
};

// An ordered queue of work on a device (NativeStream).
class StreamObject : public Napi::ObjectWrap<StreamObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit StreamObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value allocate(const Napi::CallbackInfo& info);
  void run(const Napi::CallbackInfo& info);
  void upload(const Napi::CallbackInfo& info);
  void read_file(const Napi::CallbackInfo& info);
  Napi::Value download(const Napi::CallbackInfo& info);
  Napi::Value sync(const Napi::CallbackInfo& info);
  void trim(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  void reset_peak(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  void begin_recording(const Napi::CallbackInfo& info);
  Napi::Value end_recording(const Napi::CallbackInfo& info);
  void forbid_recording(const char* what) const;

  // Tells V8 what the stream holds of the system's memory, in large steps: each report may start a garbage
  // collection, so the coming and going of buffers within the cache must not be one.
  void report_memory(Napi::Env env);

  std::shared_ptr<Stream> stream_;
  int64_t reported_ = 0;
};

}  // namespace msta
