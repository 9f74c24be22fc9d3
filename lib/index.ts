/** The public surface of msta-native: nothing else is exported. */
export type { Adapter, HasModel, TrainingStep } from './adapters/adapter.js'
export { type ReadAdapter, readAdapterFile } from './adapters/adapter-file.js'
export { AdaptFormer } from './adapters/adaptformer/adaptformer.js'
export {
  type AdaptFormerConfig,
  type AdaptFormerOptions,
  adaptFormerParameterCount,
} from './adapters/adaptformer/config.js'
export { BlockAdapters } from './adapters/block-adapters.js'
export type { AdaptedBlocks, LayerChoice, OptionsOf } from './adapters/blocks.js'
export { type ConvertAdapterOptions, convertAdapter } from './adapters/convert-adapter.js'
export { FullTuning, fullParameterCount } from './adapters/full/full.js'
export { type LoraConfig, type LoraOptions, loraParameterCount } from './adapters/lora/config.js'
export { LoRA } from './adapters/lora/lora.js'
export {
  type AdapterCost,
  type AdapterOptions,
  adapterCost,
  attachAdapter,
  loadAdapter,
  METHOD_NAMES,
  type MethodName,
  trainableCount,
} from './adapters/methods.js'
export type { MstaConfig, MstaOptions, TemporalKind } from './adapters/msta/config.js'
export { mstaParameterCount, mstaTensorShapes, resolveMstaConfig } from './adapters/msta/config.js'
export { type AdapterMacs, mstaMacs } from './adapters/msta/flops.js'
export { MSTA } from './adapters/msta/msta.js'
export {
  type CheckDatasetOptions,
  type ClassCount,
  checkDataset,
  type DatasetProblem,
  type DatasetProblemKind,
  type DatasetReport,
} from './data/check.js'
export { type Dataset, type DatasetEntry, type LoadDatasetOptions, loadDataset } from './data/dataset.js'
export {
  type FolderDataset,
  type FolderDatasetOptions,
  readFolderDataset,
  writeFolderLists,
} from './data/folders/folder-dataset.js'
export {
  type InitFoldersOptions,
  type InitFoldersResult,
  initFolderDataset,
} from './data/folders/init-folders.js'
export type { FrameCacheStats } from './data/frame-cache/frame-cache.js'
export type { CacheFramesOptions } from './data/frame-cache/plan.js'
export { type Labels, parseLabelWords, readLabels, resolveLabels } from './data/labels.js'
export { type ListEntry, type ReadListOptions, readList, type VideoList } from './data/lists.js'
export type { LoaderFailure } from './data/loader-types.js'
export { type DescribedMotions, describeMotions } from './data/motion-descriptions.js'
export { type SharedVideo, sharedClasses, sharedVideos } from './data/overlap.js'
export type { Philox, PhiloxState } from './data/random.js'
export { itemStream } from './data/streams.js'
export { type DrawShotsOptions, drawShots, mostPerClass, ofClasses } from './data/subset.js'
export {
  COMPOUND_MOTION_HALVES,
  COMPOUND_MOTION_NAMES,
  type CompoundMotionName,
  generateMotionDataset,
  MOTION_NAMES,
  type MotionDataset,
  type MotionDatasetOptions,
  type MotionName,
} from './data/synthetic.js'
export type { EvaluateOptions, EvaluationResult } from './evaluate/evaluate.js'
export { harmonicMean, meanAndStd, type Spread } from './evaluate/metrics.js'
export {
  type ConvertOptions,
  type ConvertResult,
  convertWeights,
  type FloatType,
} from './formats/convert.js'
export type { ReplaceOptions } from './formats/replace-file.js'
export {
  type LoadedTensor,
  type ReadAllOptions,
  readAll as readSafetensors,
  type TensorEntry,
  type TensorFile,
  type TensorToWrite,
  writeSafetensors,
} from './formats/safetensors.js'
export type { PulledModel } from './hub/cached-model.js'
export { findModel } from './hub/find-model.js'
export { type PullOptions, type PullPlan, pullModel } from './hub/pull.js'
export { CLIP_B16, CLIP_L14, CLIP_TINY } from './models/clip/sizes.js'
export {
  type ConvertCheckpointOptions,
  type ConvertCheckpointResult,
  convertCheckpoint,
  type LayoutName,
} from './models/layouts/convert-checkpoint.js'
export {
  parameterCount,
  VICLIP_B16,
  VICLIP_L14,
  VICLIP_TINY,
  type ViClipConfig,
} from './models/viclip/config.js'
export {
  type BlockMacs,
  clipFrameMacs,
  PAPER_GMACS,
  type TextMacs,
  type ViClipMacs,
  type VideoMacs,
  viclipMacs,
} from './models/viclip/flops.js'
export type { Heads } from './models/viclip/infer-config.js'
export { type ModelAdapter, ViClipModel } from './models/viclip/model.js'
export type { TextConfig, VideoConfig } from './models/viclip/sizes.js'
export type { TextPrefix } from './models/viclip/text-encoder.js'
export type { TokenIds } from './models/viclip/text-packing.js'
export type { VideoPrefix } from './models/viclip/video-encoder.js'
export type { AttentionSite, BlockAdapter, BlockSite } from './nn/block.js'
export { fillKaimingUniform, fillZero } from './nn/init.js'
export type { ModelDType } from './nn/model-dtype.js'
export { ParameterStore } from './nn/parameters.js'
export { type EvaluateByProtocolOptions, evaluate } from './protocols/evaluate.js'
export { DATASET_NAMES, type KnownDatasetOptions, knownDataset } from './protocols/known-datasets.js'
export { type RunProtocolOptions, runProtocol } from './protocols/protocol.js'
export {
  type DescriptionFiles,
  type ModelRequest,
  PROTOCOLS,
  type ProtocolData,
  type ProtocolName,
  type ProtocolRequest,
} from './protocols/request.js'
export type {
  Headline,
  ProtocolResult,
  Provenance,
  RunResult,
  Summary,
  SystemResult,
  TrainingResult,
} from './protocols/result.js'
export type { ProtocolProgress } from './protocols/run.js'
export { SYSTEM_NAMES } from './protocols/systems.js'
export { type VideoAttention, videoAttention } from './recognition/attention.js'
export { type ClipViews, viewsToBytes, viewsToTensor } from './recognition/clips.js'
export { mergeWindows, type Segment } from './recognition/segments.js'
export {
  bestDType,
  type ClassifyOptions,
  type ClassifyWindowsOptions,
  type EncodeOptions,
  type Features,
  type LoadedWith,
  type Prediction,
  type Recognition,
  splitClips,
  ViCLIP,
  type ViClipLoadOptions,
  type WindowRecognition,
} from './recognition/viclip.js'
export { parseViews, type Views, viewIndices } from './recognition/views.js'
export {
  type BundleComparison,
  compareBundles,
  type Figure,
  isBundleFile,
  readBundle,
} from './report/bundles.js'
export {
  type CollectExamplesOptions,
  collectExamples,
  type Example,
  type Examples,
  type FeatureMap,
  type Pictures,
} from './report/examples/collect.js'
export type { Projection } from './report/examples/projection.js'
export type { Strip } from './report/examples/strip.js'
export { type WriteReportOptions, writeReport } from './report/report.js'
export {
  type AccuracyChange,
  compareResults,
  type ResultComparison,
  readResult,
  type SavedResult,
  type SettingChange,
} from './report/results.js'
export { differenceFromRun } from './report/run-folder.js'
export type { DType, MemoryStats } from './runtime/binding.js'
export {
  type CudaAttempt,
  type CudaSearch,
  type CudaSearchSettings,
  findCuda,
} from './runtime/cuda-plugin.js'
export { Device, type DeviceName } from './runtime/device.js'
export { MstaError, type MstaErrorCode, type MstaErrorDetails } from './runtime/errors.js'
export { setThreads, threadCount } from './runtime/threads.js'
export { serve } from './serve/serve.js'
export type { ServeHandle, ServeOptions, ServerState, TrainingStatus } from './serve/serve-types.js'
export { Graph } from './tensor/graph.js'
export { type Activation, type LinearOptions, linear } from './tensor/ops/linear.js'
export type { Remake } from './tensor/record.js'
export { scope } from './tensor/scope.js'
export type { Embeddings, Ids, Matrix, SequenceGroup, Shape, Tokens, Vector, Video } from './tensor/shape.js'
export { type Gradients, Tape } from './tensor/tape.js'
export { Tensor } from './tensor/tensor.js'
export { mapByName } from './text/by-name.js'
export type { DescribeReason } from './text/describe/ask-class.js'
export {
  type DescribeFailure,
  type DescribeOptions,
  type DescribeProgress,
  type DescribeResult,
  describeClasses,
} from './text/describe/describe.js'
export type { DescriptionKind } from './text/describe/questions.js'
export type { ServiceOptions } from './text/describe/service.js'
export { countTooLong, type DescriptionOptions, readDescriptions } from './text/descriptions.js'
export { DEFAULT_TEMPLATE, formatPrompts } from './text/prompts.js'
export { ClipTokenizer, type TokenBatch } from './text/tokenizer.js'
export { type ClassDescriptions, firstOfEach, readClassDescriptions } from './train/descriptions.js'
export { type DryRun, dryRun } from './train/dry-run.js'
export { type ChosenRecipe, recipeForClips } from './train/folder-recipe.js'
export { RECIPE_NOTES, RECIPES, type Recipe, type RecipeNote, resolveRecipe } from './train/recipes.js'
export { type RunSettings, readRunSettings } from './train/run-settings.js'
export { learningRate, type ScheduleOptions } from './train/schedule.js'
export { train } from './train/train.js'
export type { TrainOptions, TrainProgress, TrainResult, TrainValidation } from './train/train-types.js'
export {
  type DecodedFrames,
  type DecodeFramesOptions,
  decodeFrames,
  type FrameSelector,
} from './video/decode.js'
export type { DecodeOptions } from './video/decode-pass.js'
export { type Ffmpeg, type FfmpegSource, findFfmpeg } from './video/ffmpeg.js'
export { probeVideo, type VideoInfo } from './video/probe.js'
export { sampleMultiView, sampleTest, sampleTrain } from './video/sampling.js'
export {
  type FrameTransform,
  type Jitter,
  MEAN,
  type PaperTransformOptions,
  PRESETS,
  type Rectangle,
  STD,
  testTransforms,
} from './video/transforms.js'
export { parseSeconds, type WindowOptions } from './video/window-plan.js'
