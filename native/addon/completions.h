#pragma once
#include <napi.h>

#include <functional>
#include <memory>

#include "../runtime/stream.h"

namespace msta {

// Settles promises of one environment from stream threads. Keeps the process alive only while some are open.
class Completions {
 public:
  explicit Completions(Napi::Env env);

  // At the environment's exit, its streams closed. Not for a destructor: the instance data is destroyed only
  // after the function is (Node 24.21 then waits for a lock that it holds itself).
  void close() { function_.Release(); }

  // A promise that settles once `stream` has passed this point: with fetch's result, or with the job's error.
  // `fetch` runs on the stream's thread and is skipped when the job failed or was cancelled; `convert` turns
  // what it left behind into a value, on the JavaScript thread.
  Napi::Promise when_reached(Napi::Env env, Stream& stream, std::shared_ptr<Job> job,
                             std::function<void(void* state)> fetch,
                             std::function<Napi::Value(Napi::Env)> convert);

 private:
  struct Pending;
  static void settle(Napi::Env env, Napi::Function, Completions* self, Pending* pending);
  using Function = Napi::TypedThreadSafeFunction<Completions, Pending, settle>;
  Function function_;
  int open_ = 0;
};

// An Error with `code` and, where known, `call`.
Napi::Error make_error(Napi::Env env, const std::string& code, const std::string& message, int64_t call = -1);

}  // namespace msta
