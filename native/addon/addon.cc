#include <napi.h>

#include <system_error>

#include "../cpu/cpu_device.h"
#include "../runtime/error.h"
#include "../runtime/plugin_device.h"
#include "../runtime/thread_pool.h"
#include "../runtime/version.h"
#include "stream_object.h"

namespace msta {

namespace {

Napi::Value list_devices(const Napi::CallbackInfo& info) {
  Napi::Array result = Napi::Array::New(info.Env());
  uint32_t index = 0;
  for (Device* device : all_devices()) {
    Napi::Object entry = Napi::Object::New(info.Env());
    entry.Set("name", device->name());
    entry.Set("description", device->description());
    result.Set(index++, entry);
  }
  return result;
}

Napi::Value load_plugin_file(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) throw make_error(info.Env(), "ERR_ARGUMENT", "expected the path of a plugin");
  try {
    return Napi::Number::New(info.Env(), load_plugin(info[0].As<Napi::String>().Utf8Value()));
  } catch (const Error& error) {
    throw make_error(info.Env(), error.code(), error.what());
  }
}

Napi::Value set_threads(const Napi::CallbackInfo& info) {
  const double count = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
  if (!(count >= 1 && count <= 1024))
    throw make_error(info.Env(), "ERR_ARGUMENT", "expected a number of threads from 1 to 1024");
  try {
    ThreadPool::set_shared_size(static_cast<int>(count));
  } catch (const std::system_error& error) {
    throw make_error(info.Env(), "ERR_DEVICE", std::string("cannot start threads: ") + error.what());
  }
  return info.Env().Undefined();
}

Napi::Value threads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ThreadPool::shared_size());
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  try {
    register_cpu_device();
  } catch (const Error& error) {
    throw make_error(env, error.code(), error.what());
  }
  auto* environment = new Environment;
  env.SetInstanceData(environment);
  environment->completions = std::make_unique<Completions>(env);
  environment->stream_class = Napi::Persistent(StreamObject::define(env));
  environment->buffer_class = Napi::Persistent(BufferObject::define(env));
  environment->graph_class = Napi::Persistent(GraphObject::define(env));
  environment->job_class = Napi::Persistent(JobObject::define(env));
  env.AddCleanupHook([](Environment* owner) { owner->close(); }, environment);

  exports.Set("version", version);
  exports.Set("devices", Napi::Function::New(env, list_devices, "devices"));
  exports.Set("loadPlugin", Napi::Function::New(env, load_plugin_file, "loadPlugin"));
  exports.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
  exports.Set("threads", Napi::Function::New(env, threads, "threads"));
  exports.Set("createStream", Napi::Function::New(
                                  env,
                                  [](const Napi::CallbackInfo& info) -> Napi::Value {
                                    return Environment::of(info.Env()).stream_class.New({info[0]});
                                  },
                                  "createStream"));
  exports.Set("createJob", Napi::Function::New(
                               env,
                               [](const Napi::CallbackInfo& info) -> Napi::Value {
                                 return Environment::of(info.Env()).job_class.New({});
                               },
                               "createJob"));
  return exports;
}

}  // namespace

}  // namespace msta

static Napi::Object initialize_addon(Napi::Env env, Napi::Object exports) {
  return msta::initialize(env, exports);
}
NODE_API_MODULE(msta, initialize_addon)
