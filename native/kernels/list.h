#pragma once

// The kernels that every device has, by name.
// clang-format off
#define MSTA_KERNELS(X)                                                                     \
  X(linear_forward) X(linear_backward)                                                      \
  X(layer_norm_forward) X(layer_norm_backward)                                              \
  X(attention_forward) X(attention_backward)                                                \
  X(patch_embed_forward) X(patch_embed_backward)                                            \
  X(token_embed_forward) X(token_embed_backward)                                            \
  X(msta_adapter_forward) X(msta_adapter_backward)                                          \
  X(temporal_conv_forward) X(temporal_conv_backward)                                        \
  X(cosine_forward) X(cosine_backward)                                                      \
  X(softmax_cross_entropy_forward) X(softmax_cross_entropy_backward)                        \
  X(adamw) X(video_transform) X(gather_rows_forward) X(gather_rows_backward)                \
  X(reduce_mean_forward) X(reduce_mean_backward) X(combine) X(random_normal)
// clang-format on
