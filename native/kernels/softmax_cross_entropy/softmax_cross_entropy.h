#pragma once
#include "../../runtime/arg_reader.h"

// softmax_cross_entropy: loss = mean over rows of -log softmax(logits)[label]
namespace msta::MSTA_ISA {

struct SoftmaxCrossEntropyForward {
  int64_t rows, classes;
  float* logits;         // [rows, classes]
  int32_t* labels;       // [rows]
  float* loss;           // [1]
  float* probabilities;  // [rows, classes]

  explicit SoftmaxCrossEntropyForward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), classes = read.dimension("classes");
    if (rows < 1 || classes < 1) fail_kernel(args, "rows and classes (at least)", 1, 0);
    logits = read.f32("logits", rows * classes);
    labels = read.i32("labels", rows);
    loss = read.f32("loss", 1);
    probabilities = read.f32("probabilities", rows * classes);
  }
};

struct SoftmaxCrossEntropyBackward {
  int64_t rows, classes;
  float* grad;           // [1]
  float* probabilities;  // [rows, classes]
  int32_t* labels;       // [rows]
  float* grad_logits;    // [rows, classes]

  explicit SoftmaxCrossEntropyBackward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), classes = read.dimension("classes");
    grad = read.f32("grad", 1);
    probabilities = read.f32("probabilities", rows * classes);
    labels = read.i32("labels", rows);
    grad_logits = read.f32("grad_logits", rows * classes);
  }
};

}  // namespace msta::MSTA_ISA
