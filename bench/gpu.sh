#!/usr/bin/env bash
# The benchmark of a GPU, in one command, from a built tree and without a network:
#
#   bench/gpu.sh [MINUTES] [FOLDER] [bench options, such as --suite kernels]
#
# Runs the suites in order of importance for at most MINUTES (8) and writes FOLDER/bench-gpu.json after every row, so
# that a killed run leaves what it has; FOLDER is $OUT, else bench/results. Of what git ignores it needs dist,
# build/Release/msta.node, node_modules/node-gyp-build and build/cuda/libmsta_cuda.so; it builds the last where nvcc and
# cmake are there. PyTorch: that of bench/peers/setup, or of python3, if it sees the GPU. NODE names another
# node; MSTA_COMMIT the commit where there is no repository.
set -uo pipefail
cd "$(dirname "$0")/.."

usage() {
  sed -n '2,13s/^# \{0,1\}//p' bench/gpu.sh
  exit 2
}

fail() {
  echo "bench/gpu.sh: $1" >&2
  exit 1
}

minutes=8
if [[ ${1:-} =~ ^[0-9.]+$ ]]; then minutes=$1 && shift; fi
[[ ${1:-} == --help || ${1:-} == -h ]] && usage
folder=${OUT:-bench/results}
if [[ $# -gt 0 && $1 != -* ]]; then folder=$1 && shift; fi
started=$(date +%s)

node=${NODE:-node}
command -v "$node" >/dev/null || fail 'there is no node on the PATH; carry one and set NODE to its path.'
for built in dist/bench/run.js build/Release/msta.node node_modules/node-gyp-build; do
  [ -e "$built" ] || fail "$built is missing: run \`npm run build\` where there is a network, and carry it along."
done
if [ -z "${MSTA_CUDA_PLUGIN:-}" ] && [ ! -f build/cuda/libmsta_cuda.so ]; then
  command -v nvidia-smi >/dev/null && major=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1)
  case ${major:-} in 9.0) arch=80,90a ;; *) arch=80 ;; esac
  echo "Building the CUDA plugin for $arch."
  "$node" scripts/build-plugin.mjs --arch "$arch" || fail 'the CUDA plugin did not build (see above).'
fi

mkdir -p "$folder" || fail "cannot write to $folder"
seconds=$(awk -v m="$minutes" -v used=$(($(date +%s) - started)) 'BEGIN { print int(60 * m) - used }')
[ "$seconds" -gt 0 ] || fail 'no time is left after building.'
# A little grace for what is under way when the budget ends.
exec timeout --kill-after=5 $((seconds + 20)) \
  "$node" dist/bench/run.js --device cuda --budget "$seconds" --json "$folder/bench-gpu.json" "$@"
