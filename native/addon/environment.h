#pragma once
#include <napi.h>

#include <memory>
#include <vector>

#include "completions.h"

namespace msta {

// What one JavaScript environment (the main thread or a worker_thread) owns. Destroyed at its exit.
struct Environment {
  Napi::FunctionReference stream_class, buffer_class, job_class, graph_class;
  std::unique_ptr<Completions> completions;
  std::vector<std::weak_ptr<Stream>> streams;

  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
  // At exit: ends every stream, so that no thread outlives the environment it reports to.
  void close() {
    for (auto& weak : streams)
      if (auto stream = weak.lock()) stream->close();
    completions->close();
  }
};

}  // namespace msta
