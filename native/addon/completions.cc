#include "completions.h"

#include <utility>

#include "../runtime/error.h"

namespace msta {

struct Completions::Pending {
  Napi::Promise::Deferred deferred;
  std::shared_ptr<Job> job;
  std::function<Napi::Value(Napi::Env)> convert;
  bool reached = false;  // the stream got here with the job intact; what fails later does not matter
};

Napi::Error make_error(Napi::Env env, const std::string& code, const std::string& message, int64_t call) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  if (call >= 0) error.Set("call", Napi::Number::New(env, static_cast<double>(call)));
  return error;
}

Completions::Completions(Napi::Env env) : function_(Function::New(env, "msta completions", 0, 1, this)) {
  function_.Unref(env);
}

void Completions::settle(Napi::Env env, Napi::Function, Completions* self, Pending* raw) {
  std::unique_ptr<Pending> pending(raw);
  if (env == nullptr) return;  // the environment is going away
  if (--self->open_ == 0) self->function_.Unref(env);
  Napi::HandleScope scope(env);
  if (pending->reached) {
    try {
      pending->deferred.Resolve(pending->convert ? pending->convert(env) : env.Undefined());
    } catch (const Napi::Error& error) {
      pending->deferred.Reject(error.Value());
    }
  } else if (pending->job->failed.load()) {
    std::lock_guard lock(pending->job->mutex);
    pending->deferred.Reject(
        make_error(env, pending->job->code, pending->job->message, pending->job->call).Value());
  } else {
    pending->deferred.Reject(make_error(env, "ABORT_ERR", "The operation was aborted").Value());
  }
}

Napi::Promise Completions::when_reached(Napi::Env env, Stream& stream, std::shared_ptr<Job> job,
                                        std::function<void(void*)> fetch,
                                        std::function<Napi::Value(Napi::Env)> convert) {
  auto deferred = Napi::Promise::Deferred::New(env);
  if (stream.closed()) {
    deferred.Reject(make_error(env, "ERR_DISPOSED", "the stream is closed").Value());
    return deferred.Promise();
  }
  if (open_++ == 0) function_.Ref(env);
  auto* pending = new Pending{deferred, job, std::move(convert)};
  stream.enqueue_always([this, &stream, job, pending, fetch = std::move(fetch)](void* state) {
    try {
      stream.synchronize(state, job);
      if (!job->skip()) {
        if (fetch) fetch(state);
        pending->reached = true;
      }
    } catch (const Error& error) {
      job->fail(error.code(), error.what(), -1);
    } catch (const std::exception& error) {
      job->fail("ERR_NATIVE", error.what(), -1);
    }
    function_.BlockingCall(pending);
  });
  return deferred.Promise();
}

}  // namespace msta
