#include "stream_object.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "../runtime/error.h"
#include "../runtime/file_numbers.h"

namespace msta {

namespace {

// Runs a method and turns C++ errors into JavaScript ones.
template <class Body>
auto guarded(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Error& error) {
    throw make_error(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw make_error(env, "ERR_OUT_OF_MEMORY", "out of memory");
  }
}

template <class Wrapped>
Wrapped& unwrap(const Napi::Value& value, const char* what) {
  if (!value.IsObject()) throw Error("ERR_ARGUMENT", std::string("expected ") + what);
  const Napi::Object object = value.As<Napi::Object>();
  if (!object.CheckTypeTag(&Wrapped::tag)) throw Error("ERR_ARGUMENT", std::string("expected ") + what);
  return *Wrapped::Unwrap(object);
}

int64_t integer(const Napi::CallbackInfo& info, size_t index, const char* what) {
  if (!info[index].IsNumber()) throw Error("ERR_ARGUMENT", std::string("expected ") + what + " as a number");
  const double value = info[index].As<Napi::Number>().DoubleValue();
  if (!(value >= 0 && value <= 9007199254740991.0))
    throw Error("ERR_ARGUMENT", std::string(what) + " out of range");
  return static_cast<int64_t>(value);
}

const std::shared_ptr<Job>& job_at(const Napi::CallbackInfo& info, size_t index) {
  return unwrap<JobObject>(info[index], "a job").job();
}

DType dtype_of(double code) {
  if (!(code >= 0 && code <= 3)) throw Error("ERR_DTYPE", "unknown dtype code");
  return static_cast<DType>(static_cast<int32_t>(code));
}

void read_and_upload(Device& device, void* state, const FileNumbers& source, int64_t count, char* target,
                     DType dtype) {
  constexpr int64_t most = int64_t{4} << 20;
  const std::unique_ptr<char[]> staged(
      new char[static_cast<size_t>(std::min(count, most) * dtype_size(dtype))]);
  for (int64_t done = 0; done < count; done += most) {
    const int64_t now = std::min(most, count - done);
    read_numbers({source.path, source.offset + done * file_type_size(source.type), source.type}, now,
                 staged.get(), dtype);
    device.upload(state, target + done * dtype_size(dtype), staged.get(),
                  static_cast<size_t>(now * dtype_size(dtype)));
  }
}

}  // namespace

Napi::Function JobObject::define(Napi::Env env) {
  return DefineClass(env, "Job", {InstanceMethod<&JobObject::cancel>("cancel")});
}

JobObject::JobObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<JobObject>(info) {
  info.This().As<Napi::Object>().TypeTag(&tag);
}

void JobObject::cancel(const Napi::CallbackInfo&) { job_->cancelled.store(true); }

Napi::Function BufferObject::define(Napi::Env env) {
  return DefineClass(
      env, "Buffer",
      {InstanceMethod<&BufferObject::free>("free"), InstanceAccessor<&BufferObject::bytes>("bytes")});
}

BufferObject::BufferObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<BufferObject>(info) {
  info.This().As<Napi::Object>().TypeTag(&tag);
}

void BufferObject::adopt(std::shared_ptr<Stream> stream, CachingAllocator::Block block, size_t bytes) {
  stream_ = std::move(stream);
  block_ = block;
  bytes_ = bytes;
}

void BufferObject::release() {
  if (!block_.data) return;
  stream_->release(block_);
  block_ = {};
  stream_.reset();
}

void BufferObject::free(const Napi::CallbackInfo&) { release(); }

Napi::Value BufferObject::bytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(bytes_));
}

char* BufferObject::at(const Stream& stream, int64_t offset, int64_t bytes) const {
  if (!block_.data) throw Error("ERR_DISPOSED", "the buffer has been freed");
  if (stream_.get() != &stream) throw Error("ERR_ARGUMENT", "the buffer belongs to another stream");
  if (offset < 0 || bytes < 0 || offset > static_cast<int64_t>(bytes_) - bytes)
    throw Error("ERR_SHAPE", "bytes " + std::to_string(offset) + " to " + std::to_string(offset + bytes) +
                                 " lie outside a buffer of " + std::to_string(bytes_));
  return static_cast<char*>(block_.data) + offset;
}

Napi::Function StreamObject::define(Napi::Env env) {
  return DefineClass(
      env, "Stream",
      {InstanceMethod<&StreamObject::allocate>("allocate"), InstanceMethod<&StreamObject::run>("run"),
       InstanceMethod<&StreamObject::upload>("upload"), InstanceMethod<&StreamObject::read_file>("readFile"),
       InstanceMethod<&StreamObject::download>("download"), InstanceMethod<&StreamObject::sync>("sync"),
       InstanceMethod<&StreamObject::trim>("trim"), InstanceMethod<&StreamObject::stats>("stats"),
       InstanceMethod<&StreamObject::reset_peak>("resetPeak"),
       InstanceMethod<&StreamObject::begin_recording>("beginRecording"),
       InstanceMethod<&StreamObject::end_recording>("endRecording"),
       InstanceMethod<&StreamObject::close>("close")});
}

StreamObject::StreamObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<StreamObject>(info) {
  guarded(info.Env(), [&] {
    if (!info[0].IsString()) throw Error("ERR_ARGUMENT", "expected a device name");
    const std::string name = info[0].As<Napi::String>();
    Device* device = find_device(name);
    if (!device) throw Error("ERR_DEVICE", "no device named '" + name + "'");
    stream_ = std::make_shared<Stream>(*device);
    Environment::of(info.Env()).streams.push_back(stream_);
  });
}

Napi::Value StreamObject::allocate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int64_t bytes = integer(info, 0, "bytes");
    // First: in a worker_thread that is being terminated either throws, and nobody would own the block.
    Napi::Object object = Environment::of(info.Env()).buffer_class.New({});
    BufferObject& buffer = *BufferObject::Unwrap(object);
    buffer.adopt(stream_, stream_->allocate(static_cast<size_t>(bytes)), static_cast<size_t>(bytes));
    report_memory(info.Env());
    return object;
  });
}

void StreamObject::run(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (!info[0].IsString() || !info[3].IsArray() || !info[4].IsTypedArray())
      throw Error("ERR_ARGUMENT", "run(op, job, call, buffers, meta)");
    auto op = std::make_shared<const std::string>(info[0].As<Napi::String>().Utf8Value());
    const KernelHandle kernel = stream_->device().find_kernel(*op);
    if (!kernel)
      throw Error("ERR_ARGUMENT", std::string(stream_->device().name()) + " has no kernel '" + *op + "'");
    const int64_t call = integer(info, 2, "call");
    const Napi::Array buffers = info[3].As<Napi::Array>();
    const Napi::Float64Array meta = info[4].As<Napi::Float64Array>();
    const size_t count = buffers.Length();
    if (meta.TypedArrayType() != napi_float64_array || meta.ElementLength() < 3 * count)
      throw Error("ERR_ARGUMENT", "meta must be a Float64Array of three numbers a buffer and the parameters");
    std::vector<Operand> operands(count);
    for (uint32_t i = 0; i < count; i++) {
      const Napi::Value value = buffers.Get(i);
      if (value.IsNull() || value.IsUndefined()) {
        operands[i] = {nullptr, 0, DType::f32};
        continue;
      }
      const DType dtype = dtype_of(meta[3 * i]);
      const double offset = meta[3 * i + 1], elements = meta[3 * i + 2];
      if (!(offset >= 0 && elements >= 0 && offset < 1e15 && elements < 1e15))
        throw Error("ERR_SHAPE", "offset or element count out of range");
      const auto numel = static_cast<int64_t>(elements);
      operands[i] = {unwrap<BufferObject>(value, "a buffer")
                         .at(*stream_, static_cast<int64_t>(offset), numel * dtype_size(dtype)),
                     numel, dtype};
    }
    std::vector<double> numbers(meta.Data() + 3 * count, meta.Data() + meta.ElementLength());
    stream_->enqueue_kernel(job_at(info, 1), call, kernel, std::move(op), std::move(operands),
                            std::move(numbers));
  });
}

void StreamObject::upload(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (!info[2].IsTypedArray()) throw Error("ERR_ARGUMENT", "expected a typed array");
    const Napi::TypedArray source = info[2].As<Napi::TypedArray>();
    const size_t bytes = source.ByteLength();
    char* target = unwrap<BufferObject>(info[0], "a buffer")
                       .at(*stream_, integer(info, 1, "offset"), static_cast<int64_t>(bytes));
    // Copied now: the caller may change its array as soon as this returns.
    std::shared_ptr<void> staged(std::malloc(bytes ? bytes : 1), std::free);
    if (!staged) throw std::bad_alloc();
    if (bytes)
      std::memcpy(staged.get(), static_cast<char*>(source.ArrayBuffer().Data()) + source.ByteOffset(), bytes);
    Device* device = &stream_->device();
    stream_->enqueue(job_at(info, 3), integer(info, 4, "call"), [device, target, staged, bytes](void* state) {
      device->upload(state, target, staged.get(), bytes);
    });
  });
}

void StreamObject::read_file(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (!info[4].IsString()) throw Error("ERR_ARGUMENT", "expected a path");
    forbid_recording("read a file");
    const DType dtype = dtype_of(static_cast<double>(integer(info, 3, "dtype")));
    const int64_t count = integer(info, 2, "count"), file_type = integer(info, 6, "file type");
    if (file_type > static_cast<int64_t>(FileType::f64)) throw Error("ERR_DTYPE", "unknown file type");
    FileNumbers source{info[4].As<Napi::String>(), integer(info, 5, "file offset"),
                       static_cast<FileType>(file_type)};
    char* target = unwrap<BufferObject>(info[0], "a buffer")
                       .at(*stream_, integer(info, 1, "offset"), count * dtype_size(dtype));
    Device* device = &stream_->device();
    stream_->enqueue(job_at(info, 7), integer(info, 8, "call"),
                     [device, target, count, dtype, source = std::move(source)](void* state) {
                       if (std::strcmp(device->name(), "cpu") == 0)
                         read_numbers(source, count, target, dtype);
                       else
                         read_and_upload(*device, state, source, count, target, dtype);
                     });
  });
}

Napi::Value StreamObject::download(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    forbid_recording("read a result");
    const int64_t bytes = integer(info, 2, "bytes");
    const char* source =
        unwrap<BufferObject>(info[0], "a buffer").at(*stream_, integer(info, 1, "offset"), bytes);
    Napi::ArrayBuffer result = Napi::ArrayBuffer::New(info.Env(), static_cast<size_t>(bytes));
    void* target = result.Data();
    auto keep = std::make_shared<Napi::ObjectReference>(Napi::Persistent(result.As<Napi::Object>()));
    Device* device = &stream_->device();
    return Environment::of(info.Env())
        .completions->when_reached(
            info.Env(), *stream_, job_at(info, 3),
            [device, target, source, bytes](void* state) {
              device->download(state, target, source, static_cast<size_t>(bytes));
            },
            [keep](Napi::Env) -> Napi::Value { return keep->Value(); });
  });
}

Napi::Value StreamObject::sync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    forbid_recording("wait");
    return Environment::of(info.Env())
        .completions->when_reached(info.Env(), *stream_, job_at(info, 0), nullptr, nullptr);
  });
}

void StreamObject::forbid_recording(const char* what) const {
  if (stream_->recording())
    throw Error("ERR_ARGUMENT", std::string("cannot ") + what + " while a graph is being recorded");
}

void StreamObject::begin_recording(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { stream_->begin_recording(); });
}

Napi::Value StreamObject::end_recording(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    std::shared_ptr<Graph> graph = stream_->end_recording();
    Napi::Object object = Environment::of(info.Env()).graph_class.New({});
    GraphObject::Unwrap(object)->adopt(stream_, std::move(graph));
    return object;
  });
}

Napi::Function GraphObject::define(Napi::Env env) {
  return DefineClass(env, "Graph",
                     {InstanceMethod<&GraphObject::run>("run"), InstanceMethod<&GraphObject::free>("free")});
}

GraphObject::GraphObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<GraphObject>(info) {}

void GraphObject::adopt(std::shared_ptr<Stream> stream, std::shared_ptr<Graph> graph) {
  stream_ = std::move(stream);
  graph_ = std::move(graph);
}

void GraphObject::run(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (!graph_) throw Error("ERR_DISPOSED", "the graph has been freed");
    stream_->enqueue_graph(job_at(info, 0), integer(info, 1, "call"), graph_);
  });
}

void GraphObject::release() {
  if (!graph_) return;
  stream_->release_graph(std::move(graph_));
  stream_.reset();
}

void GraphObject::free(const Napi::CallbackInfo&) { release(); }

void StreamObject::trim(const Napi::CallbackInfo& info) {
  stream_->trim();
  report_memory(info.Env());
}

void StreamObject::report_memory(Napi::Env env) {
  constexpr int64_t step = int64_t{32} << 20;
  const MemoryStats stats = stream_->allocator().stats();
  const int64_t change = stats.active + stats.cached - reported_;
  if (change > -step && change < step) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, change);
  reported_ += change;
}

Napi::Value StreamObject::stats(const Napi::CallbackInfo& info) {
  const MemoryStats stats = stream_->allocator().stats();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("active", static_cast<double>(stats.active));
  result.Set("peak", static_cast<double>(stats.peak));
  result.Set("cached", static_cast<double>(stats.cached));
  result.Set("buffers", static_cast<double>(stats.buffers));
  return result;
}

void StreamObject::reset_peak(const Napi::CallbackInfo&) { stream_->allocator().reset_peak(); }

void StreamObject::close(const Napi::CallbackInfo&) { stream_->close(); }

}  // namespace msta
