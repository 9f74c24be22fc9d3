#include "graph.h"

namespace msta {

Graph::~Graph() {
  if (captured_) device_.destroy_graph(captured_);
}

void Graph::run(void* state, int64_t tag) {
  if (!device_.captures_graphs()) {
    for (const Work& work : work_) work(state);
    return;
  }
  if (!captured_) {
    device_.begin_capture(state);
    try {
      for (const Work& work : work_) work(state);
    } catch (...) {
      // What was captured so far must not be left open.
      device_.destroy_graph(device_.end_capture(state));
      throw;
    }
    captured_ = device_.end_capture(state);
  }
  device_.launch_graph(state, captured_, tag);
}

void Graph::release(void* state) {
  if (!captured_) return;
  device_.synchronize(state);
  device_.destroy_graph(captured_);
  captured_ = nullptr;
}

}  // namespace msta
