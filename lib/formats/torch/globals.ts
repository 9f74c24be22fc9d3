import { ContentError } from '../content-error.js'
import { Callable, Dict, Opaque, type PickleValue, Tuple } from '../pickle/values.js'
import { quoteName, type SafetensorsDtype } from '../tensor-file.js'
import { Dtype, rebuildTensor, rebuildTypedTensor, StorageType, StoredTensor } from './stored-tensor.js'

const STORAGES: Record<string, SafetensorsDtype> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
}

const DTYPES: Record<string, SafetensorsDtype> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
}

/** Classes and functions of settings and counters that lie beside the weights; what they would make is not needed. */
const IGNORED = [
  'torch.device',
  'collections.Counter',
  'argparse.Namespace',
  'yacs.config.CfgNode',
  '_codecs.encode',
  'numpy.dtype',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
]

/** Prefix of the module classes of TorchScript, of which only the attributes are of interest. */
export const SCRIPT_CLASS = '__torch__.'

function orderedDict([pairs]: readonly PickleValue[]): Dict {
  const dict = new Dict()
  for (const pair of Array.isArray(pairs) ? pairs : []) {
    const items: PickleValue = pair instanceof Tuple ? pair.items : pair
    if (!Array.isArray(items)) throw new ContentError('its pickle has a dictionary of what are no pairs')
    dict.entries.set(items[0], items[1])
  }
  return dict
}

function parameter([tensor]: readonly PickleValue[]): StoredTensor {
  if (tensor instanceof StoredTensor) return tensor
  throw new ContentError('its pickle has a parameter that is no tensor')
}

const FUNCTIONS: Record<string, (args: readonly PickleValue[]) => PickleValue> = {
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor_v3': rebuildTypedTensor,
  'torch._utils._rebuild_parameter': parameter,
  'torch.Size': ([sizes]) => sizes,
  'collections.OrderedDict': orderedDict,
  // Typed lists and dictionaries of TorchScript are what they are without their types.
  'torch.jit._pickle.build_intlist': ([list]) => list,
  'torch.jit._pickle.build_doublelist': ([list]) => list,
  'torch.jit._pickle.build_boollist': ([list]) => list,
  'torch.jit._pickle.build_tensorlist': ([list]) => list,
  'torch.jit._pickle.restore_type_tag': ([value]) => value,
}

const opaque = (name: string) => new Callable(name, () => new Opaque(name))

const ALLOWED = new Map<string, PickleValue>([
  ...Object.entries(STORAGES).map(([name, dtype]) => [`torch.${name}`, new StorageType(dtype)] as const),
  ['torch.storage.UntypedStorage', new StorageType(undefined)],
  ...Object.entries(DTYPES).map(([name, dtype]) => [`torch.${name}`, new Dtype(dtype)] as const),
  ...Object.entries(FUNCTIONS).map(([name, call]) => [name, new Callable(name, call)] as const),
  ...IGNORED.map((name) => [name, opaque(name)] as const),
])

const REMEDY =
  'Nothing of it was run. Weights alone, as torch.save(model.state_dict(), path) writes them, can be read.'

/** What a name in a checkpoint's pickle stands for: data, or a function of ours. @throws ContentError for all others */
export function globalOf(module: string, name: string): PickleValue {
  const full = `${module}.${name}`
  const known = ALLOWED.get(full)
  if (known !== undefined) return known
  if (full.startsWith(SCRIPT_CLASS)) return opaque(full)
  throw new ContentError(`its pickle asks for ${quoteName(full).slice(1, -1)}, which is refused`, REMEDY)
}
